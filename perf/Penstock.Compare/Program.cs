using System.CommandLine.Parsing;
using Penstock.Compare;

if (args is [ContenderProcess.Verb, var spec])
{
    return await ContenderHost.RunAsync(spec, Console.In, Console.Out);
}

return await CommandLine.Build(CompareAsync).Parse(args).InvokeAsync();

static async Task<int> CompareAsync(CompareOptions options, CancellationToken stop)
{
    try
    {
        IReadOnlyList<string> server = options.Server is null
            ? [await NativeServer.BuildAsync(stop)]
            : [.. CommandLineParser.SplitCommandLine(options.Server)];
        var referee = new Referee(options, server, Console.Error);
        await referee.RunAsync(stop);
        var table = ResultTable.Write(referee.Measurements, referee.Failures);
        Console.Out.Write(table);
        if (options.MarkdownPath is not null)
        {
            await File.WriteAllTextAsync(options.MarkdownPath, table, stop);
        }

        if (options.ResultsDate is not null && referee.Measurements.Count > 0)
        {
            await Console.Error.WriteLineAsync($"Kept in {ResultsFolder.Write(options, table)}");
        }

        return referee.Failures.Count == 0 ? 0 : 1;
    }
    catch (InvalidOperationException e)
    {
        await Console.Error.WriteLineAsync(e.Message);
        return 1;
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
}
