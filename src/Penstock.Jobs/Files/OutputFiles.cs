namespace Penstock.Jobs.Files;

/// <summary>The two files of a job: refused or emptied if they exist, and opened only when a server is up.</summary>
internal static class OutputFiles
{
    /// <summary>Two runs into one file would overwrite each other. On Unix the lock binds only those who ask for one, so that other programs may read meanwhile.</summary>
    private static readonly FileShare Alone = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;

    /// <summary>Devices and pipes are there before the job and lose nothing by being written: they are neither refused nor emptied.</summary>
    public static bool IsDevice(string path) => SpecialFile.Is(path);

    /// <summary>Whether it names what the process has open already: somebody else's, who may have written there and may go on.</summary>
    public static bool IsDescriptor(string path) => Path.GetDirectoryName(path) is "/dev/fd" or "/proc/self/fd" || path is "/dev/stdout" or "/dev/stderr" or "/dev/stdin";

    /// <summary>Tells what will hinder <see cref="Open"/>, before anything is started.</summary>
    /// <exception cref="JobException">A file exists, or its folder does not.</exception>
    public static void Check(Job job, bool again)
    {
        string[] paths = [.. new[] { job.OutputPath, job.ErrorsPath }.Where(static p => p != Job.Standard && !IsDevice(p))];
        string[] unusable = [.. paths.Select(p => WhyUnusable(job, p)).Append(JobFiles.WhyStandardUnusable(job)).OfType<string>()];
        if (unusable.Length > 0)
        {
            throw new JobException(JobExitCode.Config, unusable);
        }

        string[] present = again ? [] : [.. paths.Where(File.Exists)];
        if (present.Length > 0)
        {
            throw new JobException(JobExitCode.Usage, [.. present.Select(static p => $"{p} exists already; move it away, or use --again to write it afresh")]);
        }
    }

    /// <summary>Opens both, with what is in them. A file lost nothing if the other cannot be opened.</summary>
    /// <exception cref="JobException">A file cannot be opened.</exception>
    public static (RecordFile Output, RecordFile Errors) OpenBoth(Job job, bool again, Stream? standardOutput)
    {
        var output = Open(job.OutputPath, again, standardOutput);
        try
        {
            return (output, Open(job.ErrorsPath, again, standardOutput: null));
        }
        catch
        {
            output.Discard();
            throw;
        }
    }

    /// <summary>Opens one file, with what is in it.</summary>
    /// <exception cref="JobException">The file cannot be opened.</exception>
    public static RecordFile Open(string path, bool again, Stream? standardOutput)
    {
        if (path == Job.Standard)
        {
            return new RecordFile(standardOutput ?? throw new JobException("there is no standard output; give the output a path"));
        }

        try
        {
            var mode = IsDevice(path) ? FileMode.Open : again ? FileMode.OpenOrCreate : FileMode.CreateNew;
            var created = File.Exists(path) || IsDevice(path) ? null : path;
            return new RecordFile(new FileStream(path, mode, FileAccess.Write, IsDevice(path) ? FileShare.ReadWrite : Alone, bufferSize: 0), created);
        }
        catch (IOException e) when (IsLocked(e))
        {
            throw new JobException($"{path} is being written by another run; let that end, or give this one another path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>What the framework tells of a lock: EWOULDBLOCK of Linux and of BSD, ERROR_SHARING_VIOLATION.</summary>
    private static bool IsLocked(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string? WhyUnusable(Job job, string path)
    {
        if (Directory.Exists(path))
        {
            return $"{path} is a folder; give the name of a file";
        }

        if (JobFiles.ReadAs(job, path) is { } role)
        {
            return $"{path} is {role}, which records would overwrite; give them another path";
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        return folder is not null && !Directory.Exists(folder) ? $"{path} cannot be written: there is no folder {folder}; create it"
            : Permissions.WhyNotWritable(path) is { } why ? $"{path} {why}"
            : null;
    }
}
