using System.Text.Json;
using Penstock.Cli.Text;
using Penstock.Jobs.Rows;

namespace Penstock.Cli.Init;

/// <summary>The columns of an input, as its first line tells them.</summary>
/// <param name="Names">In the order of the file.</param>
/// <param name="Separator">What stands between the fields, if it is not what the file's ending says; else null.</param>
internal sealed record InputColumns(IReadOnlyList<string> Names, char? Separator)
{
    /// <summary>Null if the file has no first line that tells them.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static InputColumns? Read(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".csv" => Table(path, ','),
            ".tsv" or ".tab" => Table(path, '\t'),
            _ => Members(path) is { } names ? new InputColumns(names, null) : null,
        };
    }

    /// <summary>Whether a template can name the column.</summary>
    public bool CanName(string column) => TemplateName.IsValid(column) && Names.Count(n => n == column) == 1;

    private static InputColumns? Table(string path, char usual)
    {
        if (InputFile.ReadHeader(path, usual) is not { } header)
        {
            return null;
        }

        // One column with another separator in its name is a table of that separator.
        var other = header is [var one] ? one.AsSpan().IndexOfAny(";\t|,") is >= 0 and var at ? one[at] : (char?)null : null;
        return other is { } separator && InputFile.ReadHeader(path, separator) is { } names ? new InputColumns(names, separator) : new InputColumns(header, null);
    }

    private static List<string>? Members(string path)
    {
        using var blocks = InputFile.Open(path);
        while (blocks.Fill())
        {
            var rest = blocks.Rest;
            if (rest.TrimStart(" \t\r\n"u8).IndexOf((byte)'\n') >= 0)
            {
                break;
            }
        }

        var text = blocks.Rest.TrimStart(" \t\r\n"u8);
        var end = text.IndexOf((byte)'\n');
        try
        {
            var reader = new Utf8JsonReader(end < 0 ? text : text[..end]);
            using var line = JsonDocument.ParseValue(ref reader);
            return line.RootElement.ValueKind == JsonValueKind.Object ? [.. line.RootElement.EnumerateObject().Select(static m => m.Name)] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
