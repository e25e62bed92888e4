using System.Text.Json;
using Penstock.Cli.Streams;
using Penstock.Jobs;
using Penstock.Jobs.Files;

namespace Penstock.Cli.Summary;

/// <summary>
/// The file of <c>--report</c>. Opened before anything runs, since a job of a night must not end with a report that cannot be written; an
/// earlier report is replaced only by a new one, and a run that never began leaves neither an empty file nor an emptied one.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    private readonly Stream _stream;
    private readonly string _path;
    private readonly bool _isNew;
    private bool _isWritten;

    private ReportFile(Stream stream, string path, bool isNew)
    {
        _stream = stream;
        _path = path;
        _isNew = isNew;
    }

    /// <param name="job">The job.</param>
    /// <param name="path">The file, or standard output or error by the name that the system has for it.</param>
    /// <param name="read">Other files of the command line, and what they are to it.</param>
    /// <exception cref="JobException">The path is one of those files or of the job's, or cannot be written.</exception>
    public static ReportFile Open(Job job, string path, params IEnumerable<(string? Path, string Role)> read)
    {
        if (WhyUnusable(job, path, read) is { } problem)
        {
            throw Unusable(path, problem);
        }

        if (StandardStreams.DescriptorOf(path) is { } descriptor)
        {
            // Not opened anew: where the shell sent it to a file, that would write over what is there.
            return new ReportFile(new DescriptorStream(descriptor), path, isNew: false);
        }

        try
        {
            var isNew = !File.Exists(path);
            return new ReportFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0), path, isNew);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unusable(path, $"cannot be written: {e.Message.TrimEnd('.')}; give a file in a folder that exists and may be written");
        }
    }

    /// <summary>Replaces what is in the file.</summary>
    /// <returns>Why that failed; null if it did not.</returns>
    public string? Write(JobSummary summary, IReadOnlyList<NextStep> next)
    {
        _isWritten = true;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = SummaryJson.Encoder }))
        {
            SummaryJson.Write(writer, summary, next);
        }

        bytes.WriteByte((byte)'\n');
        try
        {
            if (_stream.CanSeek && _stream.Length > 0 && !OutputFiles.IsDescriptor(_path))
            {
                _stream.SetLength(0);
            }

            _stream.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
            return null;
        }
        catch (IOException e)
        {
            return $"--report {_path} cannot be written: {e.Message.TrimEnd('.')}; the rows are not touched by that, and the summary above says the same";
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (_isNew && !_isWritten)
        {
            File.Delete(_path);
        }
    }

    private static string? WhyUnusable(Job job, string path, IEnumerable<(string? Path, string Role)> read)
    {
        if (path.Length == 0)
        {
            return "has no path; give a file";
        }

        if (path == Job.Standard)
        {
            return "is no file; give a name, or /dev/stdout";
        }

        if (Directory.Exists(path))
        {
            return "is a folder; give the name of a file";
        }

        if (StandardStreams.DescriptorOf(path) == DescriptorStream.Output && (job.OutputPath == Job.Standard || StandardStreams.DescriptorOf(job.OutputPath) == DescriptorStream.Output))
        {
            return "is where the records go; give it a file";
        }

        if (read.FirstOrDefault(r => r.Path is not null && JobFiles.AreSame(r.Path, path)).Role is { } other)
        {
            return $"is {other}, which the report would overwrite; give it another path";
        }

        return JobFiles.UsedAs(job, path) is { } role ? $"is {role}, which the report would overwrite; give it another path" : null;
    }

    private static JobException Unusable(string path, string problem) => new(JobExitCode.Usage, [$"--report {path} {problem}"]);
}
