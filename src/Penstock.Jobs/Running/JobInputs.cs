using Penstock.Jobs.Config;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Running;

/// <summary>Opens a job's rows.</summary>
internal static class JobInputs
{
    /// <exception cref="JobException">The input as a whole cannot be read.</exception>
    public static RowSource Open(Job job, Stream? standardInput, BadRow bad, CancellationToken stop)
    {
        if (job.Input.Range is { } count)
        {
            var template = job.Call ?? throw new JobException("a range needs a call");
            var numbers = job.Append is { } columns ? new NumberColumns(columns) : null;
            return new RangeSource(count, new TemplateToCall(template, new NumberCells(), numbers), bad, stop, numbers);
        }

        var path = job.Input.Path ?? Job.Standard;
        var isStandard = path == Job.Standard;
        var name = isStandard ? "standard input" : path;
        var blocks = isStandard
            ? new InputBlocks(standardInput ?? throw new JobException(JobExitCode.Input, ["there is no standard input; give the input a path"]))
            : OpenFile(path);
        BlockSource source = job switch
        {
            { Input.Separator: { } separator, Call: { } template } => CsvSource.Open(blocks, name, (byte)separator, template, job.Append, bad, stop),
            { Input.Separator: not null } => throw new JobException("CSV needs a call"),
            { Call: { } call } => OpenLines(blocks, name, job, call, bad, stop),
            { Append: not null } => throw new JobException("appended columns need a call"),
            _ => new LineSource(blocks, name, new LineToCall(), bad, stop),
        };
        source.Prime();
        if (source.Failure is { } failure)
        {
            source.Close();
            throw new JobException(source.FailureCode, [failure]);
        }

        return source;
    }

    private static LineSource OpenLines(InputBlocks blocks, string name, Job job, CallTemplate call, BadRow bad, CancellationToken stop)
    {
        var columns = job.Append is null ? null : new JsonColumns(job.Append);
        return new LineSource(blocks, name, new TemplateToCall(call, new JsonCells(call.Columns, job.Append), columns), bad, stop, columns, InputReader.IsGuess(job));
    }

    private static InputBlocks OpenFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new JobException(JobExitCode.Input, [$"{path} is a folder; give a file"]);
        }

        try
        {
            return InputFile.Open(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new JobException(JobExitCode.Input, [$"{path}: there is no such file; paths of data are relative to {Environment.CurrentDirectory}"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new JobException(JobExitCode.Input, [$"{path} cannot be read: {e.Message}"]);
        }
    }
}
