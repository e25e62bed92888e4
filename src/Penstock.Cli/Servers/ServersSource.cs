using System.Text.Json;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;

namespace Penstock.Cli.Servers;

/// <summary>Where a verb has its servers from: a file, or a command in its place, for which a file is written that lives as long as this.</summary>
internal sealed class ServersSource : IDisposable
{
    /// <summary>The option that gives a server by its command.</summary>
    public const string CommandOption = "--server";

    /// <summary>What is wrong with a line that has neither or both.</summary>
    public const string OneOfTwo = "give exactly one of --server \"CMD ARGS…\" and --servers FILE";

    private readonly DirectoryInfo? _folder;

    private ServersSource(string file, string? name, string option, DirectoryInfo? folder) => (File, Name, Option, _folder) = (file, name, option, folder);

    /// <summary>The file that has the servers.</summary>
    public string File { get; }

    /// <summary>The server of a command; null if there is a file, whose servers have names of their own.</summary>
    public string? Name { get; }

    /// <summary>The option that names it, as two words of a shell.</summary>
    public string Option { get; }

    /// <summary>What messages call it: nobody knows the file of a command.</summary>
    public string Shown => _folder is null ? File : CommandOption;

    /// <param name="command">The value of <c>--server</c>; null = none.</param>
    /// <param name="file">The value of <c>--servers</c>; null = none.</param>
    /// <param name="name">What the command's server is to be called; null = guessed.</param>
    /// <exception cref="JobException">There is neither or both, or the command has no program.</exception>
    public static ServersSource Of(string? command, string? file, string? name = null) => (command, file) switch
    {
        (null, { } given) => new ServersSource(given, null, $"--servers {ShellWord.Of(given)}", null),
        ({ } line, null) => OfCommand(line, name),
        _ => throw new JobException(JobExitCode.Usage, [OneOfTwo]),
    };

    /// <summary>Reads the servers, of which there is at least one.</summary>
    /// <param name="only">The one that is asked for: if it is there, the others are not looked at.</param>
    /// <param name="overrides">The values of <c>--set</c>.</param>
    /// <exception cref="JobException">The file is wrong, or has no server that can be started.</exception>
    public ServersFile Load(string? only, IEnumerable<string>? overrides)
    {
        ServersFile read;
        try
        {
            read = ServersFile.Load(File, only, overrides);
        }
        catch (JobException e) when (_folder is not null)
        {
            throw new JobException(e.ExitCode, [.. e.Problems.Select(p => p.Replace(File, Shown, StringComparison.Ordinal))]);
        }

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

    public void Dispose() => _folder?.Delete(recursive: true);

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
        var folder = Directory.CreateTempSubdirectory("penstock-server-");
        var file = Path.Combine(folder.FullName, "servers.json");
        using var stream = System.IO.File.Create(file);
        using var writer = new Utf8JsonWriter(stream);
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
        return new ServersSource(file, name, $"--server {ShellWord.Of(line)}", folder);
    }
}
