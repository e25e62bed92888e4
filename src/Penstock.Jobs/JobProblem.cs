namespace Penstock.Jobs;

/// <summary>One thing wrong with a job file.</summary>
/// <param name="Place">Where: <c>file:line:column</c>, or <c>--set a.b</c> for a value given on the command line.</param>
/// <param name="Path">The key's path in the file, for example <c>servers.geo.replicas</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong, and after a semicolon what to do.</param>
public sealed record JobProblem(string Place, string Path, string Message)
{
    /// <summary><c>place: path: message</c>, the path only where the place does not end with it.</summary>
    public override string ToString() => Path.Length == 0 || Place == $"--set {Path}" ? $"{Place}: {Message}" : $"{Place}: {Path}: {Message}";
}
