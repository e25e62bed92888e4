using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Penstock.Cli.Servers;

namespace Penstock.Cli.Verbs;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Lays a value over the file's, for example --set pipeline.callTimeout=30s. May be given again.",
        HelpName = "a.b=c",
        DefaultValueFactory = static _ => [],
    };

    /// <summary>An option of a few words. The library takes numbers for them, too.</summary>
    public static Option<T> Word<T>(string name)
        where T : struct, Enum
    {
        var option = new Option<T>(name);
        option.Validators.Add(RefuseNumber<T>);
        return option;
    }

    /// <summary>An error unless the word is a name of the enumeration.</summary>
    public static void RefuseNumber<T>(SymbolResult result)
        where T : struct, Enum
    {
        if (result.Tokens is [var token, ..] && !Enum.GetNames<T>().Contains(token.Value, StringComparer.OrdinalIgnoreCase))
        {
            result.AddError($"'{token.Value}' not recognized");
        }
    }

    public static Option<string?> Server() => new(ServersSource.CommandOption)
    {
        Description = "The command that starts the server, in one word.",
        HelpName = "\"CMD ARGS…\"",
    };

    public static Option<string?> Servers() => new("--servers")
    {
        Description = "In its place: a job file, or any mcp.json.",
        HelpName = "FILE",
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

    /// <summary>So many rows, or a share of those that have a record.</summary>
    public static Option<(long Rows, double Share)> Failures() => new("--max-failures")
    {
        Description = "Failed rows with which the exit code is still 0: a number, or a share as 2%. Default 0.",
        HelpName = "N|P%",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.EndsWith('%') && TryPercent(text, out var share))
            {
                return (0, share);
            }

            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows))
            {
                result.AddError($"--max-failures '{text}' is not valid; use 0 or more, or 0% to 100%");
            }

            return (rows, 0);
        },
    };

    public static Option<long?> Limit() => new("--limit")
    {
        Description = "Runs so many rows at most, the first of the input, or of its sample.",
        HelpName = "N",
        CustomParser = static result => Rows("--limit", result),
    };

    public static Option<long> Skip() => new("--skip")
    {
        Description = "Leaves the first N rows of the input out; the others keep their numbers.",
        HelpName = "N",
        CustomParser = static result => Rows("--skip", result),
    };

    public static Option<double?> Sample() => new("--sample")
    {
        Description = "Runs this share of the rows, as 1% or 0.01; the same rows each time, see --seed.",
        HelpName = "P",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var isValid = text.EndsWith('%') ? TryPercent(text, out var share) : TryShare(text, 1, out share);
            if (!isValid || share <= 0)
            {
                result.AddError($"--sample '{text}' is not valid; use more than 0% to 100%, or more than 0 to 1");
            }

            return share;
        },
    };

    private static long Rows(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows))
        {
            result.AddError($"{name} '{text}' is not valid; use 0 or more");
        }

        return rows;
    }

    private static bool TryPercent(string text, out double share)
    {
        var isValid = TryShare(text[..^1], 100, out share);
        share /= 100;
        return isValid;
    }

    private static bool TryShare(string text, double most, out double share) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) && share >= 0 && share <= most;
}
