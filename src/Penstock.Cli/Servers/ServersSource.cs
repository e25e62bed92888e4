using System.Text;
using System.Text.Json;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Servers;

/// <summary>Where a verb has its servers from: a file, or a command in its place, of which the text of such a file is made.</summary>
internal sealed class ServersSource
{
    /// <summary>The option that gives a server by its command.</summary>
    public const string CommandOption = "--server";

    /// <summary>What is wrong with a line that has neither or both.</summary>
    public const string OneOfTwo = "give exactly one of --server \"CMD ARGS…\" and --servers FILE";

    private ServersSource(string shown, string? text, string? name, string option) => (Shown, Text, Name, Option) = (shown, text, name, option);

    /// <summary>The file that has the servers; of a command the option, which is what messages call it.</summary>
    public string Shown { get; }

    /// <summary>The text of a file that has the command's server; null if there is a file.</summary>
    public string? Text { get; }

    /// <summary>The server of a command; null if there is a file, whose servers have names of their own.</summary>
    public string? Name { get; }

    /// <summary>The option that names it, as two words of a shell.</summary>
    public string Option { get; }

    /// <param name="command">The value of <c>--server</c>; null = none.</param>
    /// <param name="file">The value of <c>--servers</c>; null = none.</param>
    /// <param name="name">What the command's server is to be called; null = guessed.</param>
    /// <exception cref="JobException">There is neither or both, or the command has no program.</exception>
    public static ServersSource Of(string? command, string? file, string? name = null) => (command, file) switch
    {
        (null, { } given) => new ServersSource(given, null, null, $"--servers {ShellWord.Of(given)}"),
        ({ } line, null) => OfCommand(line, name),
        _ => throw new JobException(JobExitCode.Usage, [OneOfTwo]),
    };

    /// <summary>Reads the servers, of which there is at least one.</summary>
    /// <param name="only">The one that is asked for: if it is there, the others are not looked at.</param>
    /// <param name="overrides">The values of <c>--set</c>.</param>
    /// <exception cref="JobException">The file is wrong, or has no server that can be started.</exception>
    public ServersFile Load(string? only, IEnumerable<string>? overrides)
    {
        var read = ServersFile.Load(Shown, Text, only, overrides);
        if (read.Servers.Count == 0)
        {
            throw new JobException(JobExitCode.Config, [.. read.Skipped, $"{Shown} has no server{(read.Skipped.Count == 0 ? "" : " that can be started here")}; add one"]);
        }

        foreach (var reason in read.Skipped)
        {
            Messages.Write(reason);
        }

        Messages.Hide(read.Servers[0].Redact);
        return read;
    }

    private static ServersSource OfCommand(string line, string? name)
    {
        var words = ShellWords.Split(line) ?? throw new JobException(JobExitCode.Usage, ["--server has a quote that is never closed; close it"]);
        if (words.Count == 0)
        {
            throw new JobException(JobExitCode.Usage, ["--server names no program; write --server \"npx -y some-mcp-server\""]);
        }

        if (words is [var only] && (only.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || only.StartsWith("http://", StringComparison.OrdinalIgnoreCase)))
        {
            throw new JobException(JobExitCode.Usage, [$"--server takes a command; servers behind a URL are not built yet, and {only} is one"]);
        }

        name ??= ServerName.Of(words);
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            WriteServer(writer, name, words);
        }

        return new ServersSource(CommandOption, Encoding.UTF8.GetString(text.ToArray()), name, $"{CommandOption} {ShellWord.Of(line)}");
    }

    private static void WriteServer(Utf8JsonWriter writer, string name, IReadOnlyList<string> words)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("servers");
        writer.WriteStartObject(name);
        writer.WriteString("command", words[0]);
        writer.WriteStartArray("args");
        foreach (var word in words.Skip(1))
        {
            writer.WriteStringValue(word);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
