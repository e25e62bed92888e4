using System.CommandLine.Parsing;
using Penstock.Compare;
using Penstock.Compare.Jobs;

if (args is [ContenderProcess.Verb, var spec])
{
    return await ContenderHost.RunAsync(spec, Console.In, Console.Out);
}

if (args is [SdkJob.Verb, var input, var output, var most, .. var command])
{
    return await SdkJob.RunAsync(input, output, int.Parse(most, System.Globalization.CultureInfo.InvariantCulture), command);
}

return await CommandLine.Build(CompareAsync).Parse(args).InvokeAsync();

static async Task<int> CompareAsync(CompareOptions options, CancellationToken stop)
{
    try
    {
        IReadOnlyList<string> server = options.Server is null
            ? [await NativeServer.BuildAsync(stop)]
            : [.. CommandLineParser.SplitCommandLine(options.Server)];
        string table;
        var failures = 0;
        if (Lineup.IsJob(options.Scenario))
        {
            table = new JobRace(options, server, Console.Error).Run(stop);
        }
        else
        {
            var referee = new Referee(options, server, Console.Error);
            await referee.RunAsync(stop);
            (table, failures) = (ResultTable.Write(referee.Measurements, referee.Failures), referee.Failures.Count);
        }

        Console.Out.Write(table);
        if (options.MarkdownPath is not null)
        {
            await File.WriteAllTextAsync(options.MarkdownPath, table, stop);
        }

        if (options.ResultsDate is not null)
        {
            await Console.Error.WriteLineAsync($"Kept in {ResultsFolder.Write(options, table)}");
        }

        return failures == 0 ? 0 : 1;
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
