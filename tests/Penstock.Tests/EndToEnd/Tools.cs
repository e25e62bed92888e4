namespace Penstock.Tests.EndToEnd;

/// <summary>Programs of the machine.</summary>
internal static class Tools
{
    /// <summary>Whether a program is on the PATH.</summary>
    public static bool Has(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, name)));
}
