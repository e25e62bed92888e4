using Penstock.Jobs.Files;
using Xunit;

namespace Penstock.Jobs.Tests.Files;

public sealed class OutputFilesTests
{
    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.errors.jsonl")]
    public void Check_ExistingFile_IsRefusedUnlessAgain(string name)
    {
        using var folder = new TempFolder();
        var path = folder.Write(name, "kept");
        var job = Load(folder, folder.Of("out.jsonl"));
        var thrown = Assert.Throws<JobException>(() => OutputFiles.Check(job, again: false));
        Assert.Equal(JobExitCode.Usage, thrown.ExitCode);
        Assert.Equal([$"{path} exists already; move it away, or use --again to write it afresh"], thrown.Problems);
        Assert.Equal("kept", File.ReadAllText(path));
        OutputFiles.Check(job, again: true);
    }

    [Fact]
    public void Check_FolderMayNotBeWritten_IsRefusedToThoseWhoMayNot()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new TempFolder();
        var closed = Directory.CreateDirectory(folder.Of("closed")).FullName;
        var job = Load(folder, Path.Combine(closed, "out.jsonl"));
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var problems = Record.Exception(() => OutputFiles.Check(job, again: false)) is JobException e ? e.Problems : [];

            // Nothing is closed to root.
            string[] files = Environment.IsPrivilegedProcess ? [] : ["out.jsonl", "out.errors.jsonl"];
            Assert.Equal(files.Select(f => $"{closed}/{f} may not be written; change the permissions of {closed}, or give another path"), problems);
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.errors.jsonl")]
    public void OpenBoth_FileOfAnotherRun_IsRefusedAndKept(string name)
    {
        using var folder = new TempFolder();
        var job = Load(folder, folder.Of("out.jsonl"));
        var path = folder.Write(name, "");
        using (var other = OutputFiles.Open(path, again: true, standardOutput: null))
        {
            other.Block.Append("of the first\n"u8);
            other.Flush();
            var thrown = Assert.Throws<JobException>(() => OutputFiles.OpenBoth(job, again: true, standardOutput: null));
            Assert.Equal(JobExitCode.Config, thrown.ExitCode);
            Assert.Equal([$"{path} is being written by another run; let that end, or give this one another path"], thrown.Problems);
        }

        Assert.Equal("of the first\n", File.ReadAllText(path));
        var (output, errors) = OutputFiles.OpenBoth(job, again: true, standardOutput: null);
        output.Dispose();
        errors.Dispose();
        Assert.Equal("of the first\n", File.ReadAllText(path));
    }

    [Fact]
    public void Check_MissingFolder_IsAConfigProblem()
    {
        using var folder = new TempFolder();
        var thrown = Assert.Throws<JobException>(() => OutputFiles.Check(Load(folder, folder.Of("none/out.jsonl")), again: true));
        Assert.Equal((JobExitCode.Config, 2), (thrown.ExitCode, thrown.Problems.Count));
    }

    [Fact]
    public void Check_OutputThatIsAFolder_IsAConfigProblem()
    {
        using var folder = new TempFolder();
        var thrown = Assert.Throws<JobException>(() => OutputFiles.Check(Load(folder, folder.Path), again: true));
        Assert.Contains($"{folder.Path} is a folder; give the name of a file", thrown.Problems);
    }

    [Fact]
    public void Check_Devices_AreNeverInTheWay()
    {
        using var folder = new TempFolder();
        OutputFiles.Check(Load(folder, "/dev/null", "/dev/null"), again: false);
        OutputFiles.Open("/dev/null", again: false, standardOutput: null).Dispose();
    }

    /// <summary>A file in memory lies under the folder of the devices, and is none.</summary>
    [Fact]
    public void OpenBoth_FileUnderDev_IsAFileAsAnyOther()
    {
        const string Memory = "/dev/shm";
        if (!Directory.Exists(Memory))
        {
            return;
        }

        var output = Path.Combine(Memory, $"penstock-{Guid.NewGuid():N}");
        using var folder = new TempFolder();
        var job = Load(folder, output, folder.Of("errors.jsonl"));
        try
        {
            OutputFiles.Check(job, again: false);
            Write(OutputFiles.OpenBoth(job, again: false, standardOutput: null), "a long record");
            Assert.Equal("a long record\n", File.ReadAllText(output));
            Assert.Throws<JobException>(() => OutputFiles.Check(job, again: false));
            Write(OutputFiles.OpenBoth(job, again: true, standardOutput: null), "short");
            Assert.Equal("short\n", File.ReadAllText(output));
        }
        finally
        {
            File.Delete(output);
        }

        static void Write((RecordFile Output, RecordFile Errors) files, string record)
        {
            files.Output.Empty();
            files.Output.Block.Append(System.Text.Encoding.UTF8.GetBytes(record));
            files.Output.EndRecord();
            files.Output.Flush();
            files.Output.Dispose();
            files.Errors.Dispose();
        }
    }

    [Fact]
    public void IsDevice_Things_AreToldByWhatTheyAre()
    {
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder.Of("link"), "/dev/null");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(folder.Of("socket")));
        Assert.All(["/dev/null", "/dev/full", folder.Of("link"), folder.Of("socket")], static p => Assert.True(OutputFiles.IsDevice(p), p));
        Assert.All(["/dev", "/dev/none", folder.Path, folder.Write("ø", ""), "", "."], static p => Assert.False(OutputFiles.IsDevice(p), p));
    }

    [Fact]
    public void Open_FileMadeMeanwhile_IsNotOverwritten()
    {
        using var folder = new TempFolder();
        var path = folder.Write("out", "kept");
        Assert.Throws<JobException>(() => OutputFiles.Open(path, again: false, standardOutput: null));
        Assert.Equal("kept", File.ReadAllText(path));
        OutputFiles.Open(path, again: true, standardOutput: null).Dispose();
        Assert.Equal("kept", File.ReadAllText(path));
    }

    [Fact]
    public void OpenBoth_Again_KeepsBothUntilTheyAreEmptied()
    {
        using var folder = new TempFolder();
        var (output, errors) = (folder.Write("out.jsonl", "old"), folder.Write("out.errors.jsonl", "old"));
        var files = OutputFiles.OpenBoth(Load(folder, output), again: true, standardOutput: null);
        files.Output.Discard();
        files.Errors.Discard();
        Assert.Equal(("old", "old"), (File.ReadAllText(output), File.ReadAllText(errors)));

        files = OutputFiles.OpenBoth(Load(folder, output), again: true, standardOutput: null);
        files.Output.Empty();
        files.Errors.Empty();
        files.Output.Dispose();
        files.Errors.Dispose();
        Assert.Equal(("", ""), (File.ReadAllText(output), File.ReadAllText(errors)));
    }

    [Fact]
    public void Discard_FilesThatWereMadeForNothing_AreRemoved()
    {
        using var folder = new TempFolder();
        var job = Load(folder, folder.Of("out.jsonl"));
        var files = OutputFiles.OpenBoth(job, again: false, standardOutput: null);
        Assert.True(File.Exists(folder.Of("out.jsonl")) && File.Exists(folder.Of("out.errors.jsonl")));
        files.Output.Discard();
        files.Errors.Discard();
        Assert.False(File.Exists(folder.Of("out.jsonl")) || File.Exists(folder.Of("out.errors.jsonl")));
    }

    [Fact]
    public void OpenBoth_ErrorsThatCannotBeOpened_LeaveTheOutputAsItWas()
    {
        using var folder = new TempFolder();
        var output = folder.Of("out.jsonl");
        var job = Load(folder, output, folder.Of("none/errors.jsonl"));
        Assert.Throws<JobException>(() => OutputFiles.OpenBoth(job, again: true, standardOutput: null));
        Assert.False(File.Exists(output));
        folder.Write("out.jsonl", "old");
        Assert.Throws<JobException>(() => OutputFiles.OpenBoth(job, again: true, standardOutput: null));
        Assert.Equal("old", File.ReadAllText(output));
    }

    [Fact]
    public void Check_OutputThatIsAFileOfTheJob_IsRefusedEvenAgain()
    {
        using var folder = new TempFolder();
        var input = folder.Write("rows.jsonl", "{}");
        File.CreateSymbolicLink(folder.Of("link"), input);
        var path = folder.Write("job.yaml", "version: 1\nservers: { g: { mock: {} } }\ninput: { path: x }\noutput: { path: y }");
        var read = Job.Read(path, [$"input.path={input}", $"output.path={folder.Of("link")}"]);
        Assert.Equal("is the input's file; give it another path", Assert.Single(read.Problems).Message);
        var job = Job.Load(path, [$"input.path={input}", $"output.path={folder.Of("out")}", $"errors.path={path}"]);
        var thrown = Assert.Throws<JobException>(() => OutputFiles.Check(job, again: true));
        Assert.Equal(JobExitCode.Config, thrown.ExitCode);
        Assert.Equal([$"{path} is the job's own file, which records would overwrite; give them another path"], thrown.Problems);
    }

    [Fact]
    public void Open_StandardOutput_IsTheStreamGiven()
    {
        var stream = new MemoryStream();
        var file = OutputFiles.Open(Job.Standard, again: false, stream);
        file.Block.Append("x"u8);
        file.EndRecord();
        file.Flush();
        Assert.Equal("x\n"u8.ToArray(), stream.ToArray());
        Assert.Throws<JobException>(() => OutputFiles.Open(Job.Standard, again: false, standardOutput: null));
    }

    private static Job Load(TempFolder folder, string output, string? errors = null) => Job.Load(folder.Write(
        "job.yaml",
        $"version: 1\nservers: {{ g: {{ mock: {{}} }} }}\ninput: {{ path: x }}\noutput: {{ path: {output} }}\n" + (errors is null ? "" : $"errors: {{ path: {errors} }}")));
}
