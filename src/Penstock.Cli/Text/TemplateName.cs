namespace Penstock.Cli.Text;

/// <summary>Names of columns between the braces of a template. Pure.</summary>
internal static class TemplateName
{
    /// <summary>Whether a template can hold the name.</summary>
    public static bool IsValid(string name) => name.Length > 0 && name.Trim() == name && name.AsSpan().IndexOfAny('{', '}') < 0;
}
