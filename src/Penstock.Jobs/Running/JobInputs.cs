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
            return new RangeSource(count, new TemplateToCall(template, isNumber: true), bad, stop);
        }

        var path = job.Input.Path ?? Job.Standard;
        var isStandard = path == Job.Standard;
        var stream = isStandard
            ? standardInput ?? throw new JobException(JobExitCode.Input, ["there is no standard input; give the input a path"])
            : OpenFile(path);
        RowToCall toCall = job.Call is { } call ? new TemplateToCall(call, isNumber: false) : new LineToCall();
        var source = new LineSource(stream, isStandard ? "standard input" : path, toCall, bad, stop);
        source.Prime();
        if (source.Failure is { } failure)
        {
            source.Close();
            throw new JobException(JobExitCode.Input, [failure]);
        }

        return source;
    }

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new JobException(JobExitCode.Input, [$"{path} is a folder; give a file of JSON lines"]);
        }

        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite,
                BufferSize = 0,
                Options = FileOptions.SequentialScan,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new JobException(JobExitCode.Input, [$"{path}: there is no such file; paths of data are relative to {Environment.CurrentDirectory}"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobException(JobExitCode.Input, [$"{path} cannot be read: {e.Message}"]);
        }
    }
}
