using System.CommandLine;
using System.Text;
using System.Text.Json;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary><c>penstock call SERVER/TOOL ARGUMENTS --servers FILE</c>.</summary>
internal static class CallVerb
{
    public static Command Create()
    {
        var tool = new Argument<string>("SERVER/TOOL") { Description = "The tool." };
        var arguments = new Argument<string>("ARGUMENTS")
        {
            Description = "Its arguments, one JSON object; - reads them from standard input.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = static _ => "{}",
        };
        var file = SharedOptions.Servers();
        var json = SharedOptions.Json("Prints the server's answer as it is, byte for byte, and not its text, in which control characters are replaced.");
        var set = SharedOptions.Set();
        var verb = new Command("call", "Calls one tool once and prints its text.\n\nExamples:\n  penstock call geo/geocode '{\"q\":\"Oslo\"}' --servers mcp.json\n  penstock call geo/geocode - --servers job.yaml --json < arguments.json")
        {
            tool, arguments, file, json, set,
        };
        verb.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(tool)!, parsed.GetValue(arguments)!, parsed.GetValue(file)!, parsed.GetValue(set), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(string tool, string text, string file, string[]? overrides, bool isJson)
    {
        var slash = tool.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == tool.Length - 1)
        {
            return Messages.Fail(JobExitCode.Usage, $"'{tool}' is not a tool; write it as server/tool");
        }

        if (text == Job.Standard)
        {
            text = await Console.In.ReadToEndAsync().ConfigureAwait(false);
        }

        if (WhyNotArguments(text) is { } problem)
        {
            return Messages.Fail(JobExitCode.Usage, problem);
        }

        using var signals = new StopSignals();
        var pipeline = await ServersPipeline.StartAsync(file, tool[..slash], overrides, signals.Stop).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            var result = await pipeline.CallAsync(new ToolCall(tool, Encoding.UTF8.GetBytes(text)), signals.Stop).ConfigureAwait(false);
            Print(result, isJson);
            await pipeline.StopAsync(signals.Abort).ConfigureAwait(false);
            return result.IsSuccess ? 0 : 1;
        }
    }

    private static void Print(OwnedResult result, bool isJson)
    {
        if (isJson && result.IsContentJson)
        {
            using var output = StandardStreams.OpenOutput();
            output.Write(result.Content.Span);
            output.Write("\n"u8);
        }
        else if (result.IsSuccess)
        {
            Console.Out.WriteLine(TerminalText.Lines(result.GetText()));
        }

        if (!result.IsSuccess)
        {
            Messages.Write($"{result.Tool}: {result.Fault.Type.ToName()} (executed: {result.Fault.Executed.ToName()}): {result.GetText()}");
        }
    }

    internal static string? WhyNotArguments(string text)
    {
        const string Example = "for example '{\"q\":\"Oslo\"}'";
        if (string.IsNullOrWhiteSpace(text))
        {
            return $"the arguments are empty; give one JSON object, {Example}";
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? null : $"the arguments must be one JSON object, {Example}";
        }
        catch (JsonException e)
        {
            return $"the arguments are not JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on; give one JSON object in single quotes, {Example}";
        }
    }
}
