using Penstock.Jobs.Bytes;
using Penstock.Jobs.Records;

namespace Penstock.Jobs.Config;

/// <summary>Fills <c>${env:NAME}</c> and <c>${file:path}</c> in strings of servers and in paths, and remembers what they held so that it can be hidden.</summary>
/// <param name="folder">What a file's path is relative to: the folder of the file that names it.</param>
/// <param name="secrets">Takes the values.</param>
/// <param name="problems">Takes what cannot be filled.</param>
internal sealed class Variables(string folder, Secrets secrets, ProblemList problems)
{
    public string Fill(ConfigNode node, string path)
    {
        var text = node.Text;
        var start = text.IndexOf("${", StringComparison.Ordinal);
        if (start < 0)
        {
            return text;
        }

        var filled = new System.Text.StringBuilder();
        var done = 0;
        while (start >= 0)
        {
            var end = text.IndexOf('}', start);
            if (end < 0)
            {
                problems.Add(node, path, "'${' is never closed; write ${env:NAME} or ${file:path}");
                return text;
            }

            filled.Append(text, done, start - done).Append(Value(node, path, text[(start + 2)..end]) ?? text[start..(end + 1)]);
            done = end + 1;
            start = text.IndexOf("${", done, StringComparison.Ordinal);
        }

        return filled.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>Null = not a variable of ours, or one that cannot be filled.</summary>
    private string? Value(ConfigNode node, string path, string variable)
    {
        var colon = variable.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        var name = variable[(colon + 1)..];
        switch (variable[..colon])
        {
            case "env":
                var value = Environment.GetEnvironmentVariable(name);
                if (value is null)
                {
                    problems.Add(node, path, $"the environment variable {name} is not set; export it before the command, or give it in an --env-file");
                }

                return secrets.Keep(value);
            case "file":
                return secrets.Keep(FromFile(node, path, name));
            default:
                problems.Add(node, path, $"'${{{variable}}}' is not known here; use ${{env:NAME}} or ${{file:path}}");
                return null;
        }
    }

    private string? FromFile(ConfigNode node, string path, string name)
    {
        try
        {
            return Utf8Text.ReadFile(Path.Combine(folder, name)).TrimEnd('\r', '\n');
        }
        catch (InvalidDataException e)
        {
            problems.Add(node, path, $"'{name}': {e.Message}");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(node, path, $"'{name}' cannot be read: {e.Message} The path is relative to this file; check it");
            return null;
        }
    }
}
