using System.CommandLine;
using System.Text;
using System.Text.Json;
using Penstock.Cli.Servers;
using Penstock.Cli.Streams;
using Penstock.Cli.Text;
using Penstock.Jobs;
using Penstock.Jobs.Config;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock call SERVER/TOOL ARGUMENTS</c>.</summary>
internal static class CallVerb
{
    private sealed record Request(string Tool, string Arguments, string? Command, string? File, string[]? Overrides, bool IsJson);

    public static Command Create()
    {
        var tool = new Argument<string>("SERVER/TOOL") { Description = "The tool; with one server its name alone is enough." };
        var arguments = new Argument<string>("ARGUMENTS")
        {
            Description = "Its arguments, one JSON object; - reads them from standard input.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = static _ => "{}",
        };
        var server = SharedOptions.Server();
        var file = SharedOptions.Servers();
        var json = SharedOptions.Json("Prints the server's answer as it is, byte for byte, and not its text, in which control characters are replaced.");
        var set = SharedOptions.Set();
        var verb = new Command("call", "Calls one tool once and prints its text.\n\nExamples:\n  penstock call --server \"npx -y some-mcp-server\" geocode '{\"q\":\"Oslo\"}'\n  penstock call geo/geocode '{\"q\":\"Oslo\"}' --servers mcp.json\n  penstock call geo/geocode - --servers job.yaml --json < arguments.json")
        {
            tool, arguments, server, file, json, set,
        };
        verb.SetAction((parsed, _) => RunAsync(new Request(
            parsed.GetValue(tool)!, parsed.GetValue(arguments)!, parsed.GetValue(server), parsed.GetValue(file), parsed.GetValue(set), parsed.GetValue(json))));
        return verb;
    }

    private static async Task<int> RunAsync(Request request)
    {
        var source = ServersSource.Of(request.Command, request.File);
        var text = request.Arguments == Job.Standard ? (await Console.In.ReadToEndAsync().ConfigureAwait(false)).TrimStart('\uFEFF') : request.Arguments;
        if (WhyNotArguments(text) is { } problem)
        {
            return Messages.Fail(JobExitCode.Usage, problem);
        }

        var read = source.Load(ToolTarget.ServerIn(request.Tool), request.Overrides);
        var target = ToolTarget.OfTool(request.Tool, read, source.Shown);
        using var signals = new StopSignals();
        var pipeline = await ServersPipeline.StartAsync(read, target.Server, signals.Stop).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            var call = new ToolCall($"{target.Server}/{target.Tool}", Encoding.UTF8.GetBytes(text));
            var result = await pipeline.CallAsync(call, signals.Stop).ConfigureAwait(false);
            if (!result.IsSuccess)
            {
                Messages.Write($"{result.Tool}: {result.Fault.Type.ToName()} (executed: {result.Fault.Executed.ToName()}): {result.GetText()}{Remedy(result.Fault, read.CallTimeout, request)}");
            }

            Print(result, request.IsJson);
            await pipeline.StopAsync(signals.Abort).ConfigureAwait(false);
            return result.IsSuccess ? 0 : 1;
        }
    }

    private static void Print(OwnedResult result, bool isJson)
    {
        try
        {
            if (isJson && result.IsContentJson)
            {
                using var output = StandardStreams.OpenOutput();
                output.Write(result.Content.Span);
                output.Write("\n"u8);
            }
            else if (result.IsSuccess)
            {
                var text = result.GetText();
                Console.Out.WriteLine(TerminalText.Lines(text));
                if (text.Length == 0 && !isJson)
                {
                    Messages.Write("the answer has no text; --json prints it whole");
                }
            }
        }
        catch (OutputLostException e) when (e.IsClosedPipe && !result.IsSuccess)
        {
            // The reader has what it wanted; the call has failed all the same.
        }
    }

    /// <summary>What to write against a timeout of ours; a server's own is its own matter.</summary>
    private static string Remedy(CallFault fault, TimeSpan? timeout, Request request)
    {
        if (!fault.IsTimeout || fault.Origin != FaultOrigin.Local)
        {
            return "";
        }

        var used = timeout ?? new PipelineOptions().CallTimeout;
        var longer = TimeSpan.FromTicks(Math.Clamp(4 * used.Ticks, TimeSpan.TicksPerMinute, ServersPipeline.LongestTimeout.Ticks));
        var file = request.File is null ? "" : $", or write it into {request.File}";
        return longer > used ? $"; to wait longer, add --set pipeline.callTimeout={Quantity.Format(longer)}{file}" : "";
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
