using System.CommandLine;

namespace Penstock.Cli;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Lays a value over the file's, for example --set pipeline.callTimeout=30s. May be given again.",
        HelpName = "a.b=c",
        DefaultValueFactory = static _ => [],
    };

    public static Option<string> Servers() => new("--servers")
    {
        Description = "A job file, or any mcp.json.",
        HelpName = "FILE",
        Required = true,
    };

    public static Option<bool> Json(string description) => new("--json") { Description = description };
}
