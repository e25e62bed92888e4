using System.CommandLine;
using System.Text;
using Penstock.Cli.Init;
using Penstock.Cli.Servers;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Config;
using Penstock.Jobs.Files;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock init</c>: writes a job file for a tool and a table.</summary>
internal static class InitVerb
{
    private sealed record Request(string? Command, string? Servers, string? Name, string? Tool, string? Input, string Output, string Job, bool IsForced, string[] EnvFiles);

    public static Command Create()
    {
        var job = new Argument<string>("JOB") { Description = "The job file to write; - prints it. Default job.yaml.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = static _ => "job.yaml" };
        var server = SharedOptions.Server();
        var servers = SharedOptions.Servers();
        var name = new Option<string?>("--name") { Description = "Which server of the file; with --server the name that it gets, else guessed from the command.", HelpName = "NAME" };
        var tool = new Option<string?>("--tool") { Description = "The tool to call for each row; without it the tools are listed.", HelpName = "TOOL" };
        var input = new Option<string?>("--input") { Description = "The rows: CSV, TSV or JSON lines, .gz too.", HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "Where records go; a name in .csv or .tsv gets a table: the input with columns of the results. Default out.jsonl.", HelpName = "FILE", DefaultValueFactory = static _ => "out.jsonl" };
        var force = new Option<bool>("--force") { Description = "Overwrites a job file that exists." };
        var verb = new Command("init", "Writes a job file for a server's tool and a table. Starts the server, and maps the table's columns to the tool's arguments.\n\nExamples:\n  penstock init --servers mcp.json --name geo\n  penstock init --server \"npx -y some-mcp-server\" --tool geocode --input rows.csv job.yaml")
        {
            job, server, servers, name, tool, input, output, force,
        };
        verb.SetAction((parsed, _) => RunAsync(new Request(
            parsed.GetValue(server),
            parsed.GetValue(servers),
            parsed.GetValue(name),
            parsed.GetValue(tool),
            parsed.GetValue(input),
            parsed.GetValue(output)!,
            parsed.GetValue(job)!,
            parsed.GetValue(force),
            EnvFiles.Given(parsed))));
        return verb;
    }

    private static async Task<int> RunAsync(Request request)
    {
        var problems = new List<string>();
        if ((request.Command is null) == (request.Servers is null))
        {
            problems.Add(ServersSource.OneOfTwo);
        }

        if (request.Tool is not null && request.Input is null)
        {
            problems.Add("--input is missing: the file whose columns become the tool's arguments");
        }

        if (request.Job.Length == 0)
        {
            return Messages.Fail(JobExitCode.Usage, "JOB is an empty name; give the file to write, or - to print it");
        }

        if (new[] { request.Input, request.Servers }.FirstOrDefault(f => f is not null && JobFiles.AreSame(f, request.Job)) is { } read)
        {
            problems.Add($"{request.Job} is {read}, which the job file would overwrite; give another name");
        }
        else if (request.Job != Job.Standard && !request.IsForced && Path.Exists(request.Job))
        {
            problems.Add($"{request.Job} exists already; use --force to overwrite it, or give another name");
        }

        if ((request.Command is null) == (request.Servers is null) || (problems.Count > 0 && request.Tool is null))
        {
            return Messages.Fail(JobExitCode.Usage, problems);
        }

        var source = ServersSource.Of(request.Command, request.Servers, request.Name);
        return await RunAsync(request, source, InitServer.Of(source, request.Name, JobFolder(request)), problems).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(Request request, ServersSource source, InitServer server, List<string> problems)
    {
        var columns = request.Input is null ? null : ReadColumns(request.Input);
        var tools = await ListAsync(source, server.Name).ConfigureAwait(false);
        var asked = request.Tool is { } given && given.StartsWith($"{server.Name}/", StringComparison.Ordinal) ? given[(server.Name.Length + 1)..] : request.Tool;
        var tool = tools.FirstOrDefault(t => t.Name == asked);
        if (tool is null)
        {
            problems.AddRange(Choices(asked, tools));
        }

        if (tool is null || columns is null || problems.Count > 0)
        {
            return Messages.Fail(JobExitCode.Usage, problems);
        }

        var draft = new JobDraft
        {
            Server = server,
            Tool = tool.Name,
            Properties = ToolArgument.Of(tool.InputSchema),
            Input = request.Input!,
            Columns = columns,
            Output = request.Output,
            OutputSchema = tool.OutputSchema,
        };
        return WhyUnusable(request, draft) is { Count: > 0 } flaws ? Messages.Fail(JobExitCode.Usage, flaws) : Write(request, draft);
    }

    /// <summary>What lint would say of the paths that the command line gives; columns and variables are still to be filled in.</summary>
    private static List<string> WhyUnusable(Request request, JobDraft draft)
    {
        var problems = new ProblemList();
        new JobReader(request.Job == Job.Standard ? "job.yaml" : request.Job, problems, draft.Write()).Read([]);
        List<string> flaws = [.. problems.All.Where(static p => p.Path.Split('.', '[')[0] is "input" or "output" or "errors").Select(static p => $"--{p.Path.Split('.')[0]}: {p.Message}")];
        var folder = Path.GetDirectoryName(request.Output);
        if (folder is { Length: > 0 } && !Directory.Exists(folder))
        {
            flaws.Add($"--output: there is no folder {folder}; create it, or give another path");
        }

        return flaws;
    }

    private static int Write(Request request, JobDraft draft)
    {
        var text = draft.Write();
        string[] lines = text.Split('\n');
        string[] open = [.. draft.Open.Select(name => $"{TerminalText.Line(name)} (line {Array.FindIndex(lines, l => l.StartsWith(JobDraft.OpenLine(name), StringComparison.Ordinal)) + 1})")];
        var left = $"choose a column for: {string.Join(", ", open)}";
        if (request.Job == Job.Standard)
        {
            using var output = StandardStreams.OpenOutput();
            output.Write(Encoding.UTF8.GetBytes(text));
            if (open.Length > 0)
            {
                Messages.Write(left);
            }
        }
        else
        {
            try
            {
                File.WriteAllText(request.Job, text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                return Messages.Fail(JobExitCode.Config, $"{request.Job} cannot be written: {e.Message}");
            }

            var job = TerminalText.Line(request.Job);
            Console.Out.WriteLine($"{job} is written; {(open.Length > 0 ? left : $"look through it, then: penstock run {ShellWord.Of(request.Job.StartsWith('-') ? $"./{request.Job}" : request.Job)}{string.Concat(request.EnvFiles.Select(static f => $" --env-file {ShellWord.Of(f)}"))}")}");
        }

        foreach (var name in draft.Server.Referred.Where(static n => Environment.GetEnvironmentVariable(n) is null))
        {
            Messages.Write($"the value of {name} is not copied from {draft.Server.File}; export it, or put it in an --env-file, before the run");
        }

        return JobExitCode.Ok;
    }

    private static async Task<IReadOnlyList<ToolDescription>> ListAsync(ServersSource source, string server)
    {
        using var signals = new StopSignals();
        var pipeline = await ServersPipeline.StartAsync(source.Load(server, null), server, signals.Stop).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            IReadOnlyList<ToolDescription> tools = [.. pipeline.Fleet.List().SelectMany(static s => s.Tools)];
            await pipeline.StopAsync(signals.Abort).ConfigureAwait(false);
            return tools;
        }
    }

    private static InputColumns ReadColumns(string path)
    {
        try
        {
            if (path == Job.Standard || !File.Exists(path))
            {
                throw new JobException(JobExitCode.Input, [$"{path}: there is no such file; init reads its first line for the columns"]);
            }

            return InputColumns.Read(path)
                ?? throw new JobException(JobExitCode.Input, [$"{path}: its first line tells no columns; give CSV or TSV with a header, or one JSON object a line"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new JobException(JobExitCode.Input, [$"{path} cannot be read: {e.Message}"]);
        }
    }

    private static IEnumerable<string> Choices(string? asked, IReadOnlyList<ToolDescription> tools)
    {
        var near = asked is null ? null : NearestKey.Find(asked, tools.Select(static t => t.Name));
        var width = tools.Select(static t => t.Name.Length).DefaultIfEmpty().Max();
        return
        [
            asked is null ? "choose a tool with --tool:" : $"there is no tool '{asked}'{(near is null ? "; choose one:" : $"; did you mean '{near}'?")}",
            .. tools.Select(t => $"  {t.Name.PadRight(width)}  {(t.Description ?? t.Title ?? "").Trim().Split('\n')[0]}".TrimEnd()),
        ];
    }

    private static string JobFolder(Request request) =>
        request.Job == Job.Standard ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(request.Job)) ?? "/";
}
