namespace Penstock.Jobs.Records;

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

    private static string? Find(string path, (string? Path, string Role)[] files)
    {
        if (path == Job.Standard || OutputFiles.IsDevice(path))
        {
            return null;
        }

        var real = Real(path, MaxLinks);
        return files.FirstOrDefault(f => f.Path is not (null or "" or Job.Standard) && Real(f.Path, MaxLinks) == real).Role;
    }

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
