using Penstock.Jobs.Files;
using Xunit;

namespace Penstock.Jobs.Tests.Files;

public sealed class JobFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void UsedAs_EveryFileOfTheJob_IsNamed()
    {
        var job = Load();
        Assert.Equal("the job's own file", JobFiles.UsedAs(job, _folder.Of("job.yaml")));
        Assert.Equal("the job's own file", JobFiles.UsedAs(job, _folder.Of("servers.yaml")));
        Assert.Equal("the job's input", JobFiles.UsedAs(job, _folder.Of("rows.jsonl")));
        Assert.Equal("the job's output", JobFiles.UsedAs(job, _folder.Of("out.jsonl")));
        Assert.Equal("the job's errors file", JobFiles.UsedAs(job, _folder.Of("out.errors.jsonl")));
        Assert.Null(JobFiles.UsedAs(job, _folder.Of("report.json")));
        Assert.Null(JobFiles.UsedAs(job, "/dev/null"));
        Assert.Null(JobFiles.UsedAs(job, Job.Standard));
    }

    [Fact]
    public void UsedAs_OtherNamesOfAFile_AreSeenThrough()
    {
        var job = Load();
        _folder.Write("rows.jsonl", "{}");
        File.CreateSymbolicLink(_folder.Of("link"), "rows.jsonl");
        File.CreateSymbolicLink(_folder.Of("again"), _folder.Of("link"));
        Directory.CreateSymbolicLink(_folder.Of("folder"), _folder.Path);
        Assert.All(
            ["link", "again", "folder/rows.jsonl", "folder/again", "x/../rows.jsonl"],
            name => Assert.Equal("the job's input", JobFiles.UsedAs(job, _folder.Of(name))));
        File.CreateSymbolicLink(_folder.Of("loop"), "loop");
        Assert.Null(JobFiles.UsedAs(job, _folder.Of("loop")));
    }

    private Job Load()
    {
        _folder.Write("servers.yaml", "version: 1\nservers: { g: { mock: {} } }");
        return Job.Load(_folder.Write(
            "job.yaml", $"version: 1\nserversFile: servers.yaml\ninput: {{ path: {_folder.Of("rows.jsonl")} }}\noutput: {{ path: {_folder.Of("out.jsonl")} }}"));
    }
}
