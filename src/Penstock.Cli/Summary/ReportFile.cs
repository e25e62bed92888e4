using System.Text.Json;
using Penstock.Jobs;
using Penstock.Jobs.Files;

namespace Penstock.Cli.Summary;

/// <summary>
/// The file of <c>--report</c>. Opened before anything runs, since a job of a night must not end with a report that cannot be written; an
/// earlier report is replaced only by a new one, and a run that never began leaves neither an empty file nor an emptied one.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly bool _isNew;
    private bool _isWritten;

    private ReportFile(FileStream stream, bool isNew)
    {
        _stream = stream;
        _isNew = isNew;
    }

    /// <exception cref="JobException">The path is one of the job's files, or cannot be written.</exception>
    public static ReportFile Open(Job job, string path)
    {
        if (WhyUnusable(job, path) is { } problem)
        {
            throw Unusable(path, problem);
        }

        try
        {
            var isNew = !File.Exists(path);
            return new ReportFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0), isNew);
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
            if (_stream.CanSeek && _stream.Length > 0)
            {
                _stream.SetLength(0);
            }

            _stream.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
            return null;
        }
        catch (IOException e)
        {
            return $"--report {_stream.Name} cannot be written: {e.Message.TrimEnd('.')}; the rows are not touched by that, and the summary above says the same";
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (_isNew && !_isWritten)
        {
            File.Delete(_stream.Name);
        }
    }

    private static string? WhyUnusable(Job job, string path)
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

        return JobFiles.UsedAs(job, path) is { } role ? $"is {role}, which the report would overwrite; give it another path" : null;
    }

    private static JobException Unusable(string path, string problem) => new(JobExitCode.Usage, [$"--report {path} {problem}"]);
}
