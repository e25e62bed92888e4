using Penstock.Jobs;

namespace Penstock.Cli.Servers;

/// <summary>What a command line asks for: one tool, or all tools of a server.</summary>
/// <param name="Server">The server.</param>
/// <param name="Tool">The tool's name there; null = all.</param>
internal sealed record ToolTarget(string Server, string? Tool)
{
    /// <summary>What may be a server's name, before it is known which servers there are.</summary>
    public static string ServerIn(string text) => text.Split('/')[0];

    /// <summary>SERVER/TOOL; with one server its tool's name is enough.</summary>
    /// <exception cref="JobException">It is not known which server is meant.</exception>
    public static ToolTarget OfTool(string text, ServersFile read, string file)
    {
        var (server, tool) = Cut(text);
        if (tool is not null && read.Servers.Any(s => s.Name == server))
        {
            return new ToolTarget(server, tool);
        }

        if (read.Servers is [var only])
        {
            return new ToolTarget(only.Name, text);
        }

        throw new JobException(JobExitCode.Usage, [tool is null
            ? $"'{text}' does not say which server's; write it as server/tool, with one of: {Names(read)}"
            : $"{file} has no server '{server}'; it has: {Names(read)}"]);
    }

    /// <summary>SERVER, or what <see cref="OfTool"/> takes.</summary>
    /// <exception cref="JobException">It is not known which server is meant.</exception>
    public static ToolTarget OfServerOrTool(string text, ServersFile read, string file) => read.Servers switch
    {
        var servers when servers.Any(s => s.Name == text) => new ToolTarget(text, null),
        { Count: > 1 } when !text.Contains('/', StringComparison.Ordinal) =>
            throw new JobException(JobExitCode.Usage, [$"{file} has no server '{text}'; it has: {Names(read)}; a tool is written as server/tool"]),
        _ => OfTool(text, read, file),
    };

    private static (string Server, string? Tool) Cut(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash switch
        {
            < 0 when text.Length > 0 => (text, null),
            > 0 when slash < text.Length - 1 => (text[..slash], text[(slash + 1)..]),
            _ => throw new JobException(JobExitCode.Usage, [$"'{text}' is not a tool; write it as server/tool"]),
        };
    }

    private static string Names(ServersFile read) => string.Join(", ", read.Servers.Select(static s => s.Name));
}
