namespace Penstock.Jobs.Files;

/// <summary>The files that a job reads or writes, so that none of them is overwritten by mistake, under whatever name it is given.</summary>
internal static class JobFiles
{
    /// <summary>The system's own limit for links in a path.</summary>
    private const int MaxLinks = 40;

    /// <summary>What a path is to a job that it may read from there; null if nothing.</summary>
    public static string? ReadAs(Job job, string path) => Find(path, [.. job.Files.Select(static f => (f, "the job's own file")), (job.Input.Path, "the job's input")]);

    /// <summary>What a path is to a job that may read or write it; null if nothing.</summary>
    public static string? UsedAs(Job job, string path) =>
        ReadAs(job, path) ?? Find(path, [(job.OutputPath, "the job's output"), (job.ErrorsPath, "the job's errors file")]);

    /// <summary>Whether two paths lead to the same file, which need not exist. <c>-</c> and devices lead to none.</summary>
    public static bool AreSame(string path, string other) =>
        path is not ("" or Job.Standard) && other is not ("" or Job.Standard)
        && (AreSame(FileStat.Of(path), FileStat.Of(other)) || (!OutputFiles.IsDevice(path) && Real(path, MaxLinks) == Real(other, MaxLinks)));

    /// <summary>Why what this process has as standard input or output is a file that the job would overwrite; null if it is not.</summary>
    public static string? WhyStandardUnusable(Job job)
    {
        var input = job.Input.Path == Job.Standard ? FileStat.Of(FileStat.Input) : job.Input.Path is { Length: > 0 } path ? FileStat.Of(path) : null;
        var output = job.OutputPath == Job.Standard ? FileStat.Of(FileStat.Output) : FileStat.Of(job.OutputPath);
        if (AreSame(input, output))
        {
            return "the output is the input's file; give it another path";
        }

        var errors = FileStat.Of(job.ErrorsPath);
        return AreSame(input, errors) ? "the errors file is the input's file; give it another path"
            : AreSame(output, errors) ? "the errors file is the output's file; give it another path"
            : null;
    }

    private static bool AreSame(FileStat? one, FileStat? other) => one is { Kind: FileKind.Regular } && one == other;

    private static string? Find(string path, (string? Path, string Role)[] files) =>
        files.FirstOrDefault(f => f.Path is not null && AreSame(path, f.Path)).Role;

    /// <summary>The path without links, as far as it exists.</summary>
    private static string Real(string path, int links)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } parent || links == 0)
        {
            return full;
        }

        var folder = Real(parent, links - 1);
        var here = Path.Combine(folder, Path.GetFileName(full));
        return new FileInfo(here).LinkTarget is { } target ? Real(Path.Combine(folder, target), links - 1) : here;
    }
}
