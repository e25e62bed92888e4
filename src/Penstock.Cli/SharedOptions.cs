using System.CommandLine;
using System.Globalization;
using System.Numerics;

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

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>; null = as high as it goes.</summary>
    public static Option<T> Number<T>(string name, string helpName, string description, T low, T? high = null)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value >= low && (high is null || value <= high)))
                {
                    result.AddError(FormattableString.Invariant($"{name} '{text}' is not valid; use {low} {(high is null ? "or more" : FormattableString.Invariant($"to {high}"))}"));
                }

                return value;
            },
        };

    public static Option<bool> Json(string description) => new("--json") { Description = description };
}
