using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Full disks and closed pipes, where the shell put them.</summary>
public sealed class LostOutputTests
{
    private const string ToStandardOutput = "--again --progress none --set output.path=- --set errors.path=errors.jsonl";

    [Fact]
    public async Task Run_OutputOnAFullDisk_EndsWith130AndCountsNoRowAsRecorded()
    {
        using var folder = new JobFolder().WriteEchoJob(30);
        var errors = await ShellAsync(folder, 130, "\"$0\" run job.yaml --report report.json --set output.path=/dev/full --set errors.path=errors.jsonl");
        Assert.Contains("penstock: the output cannot be written: ", errors, StringComparison.Ordinal);
        Assert.Contains("30 rows were called whose records are lost", errors, StringComparison.Ordinal);
        var report = folder.Json("report.json");
        Assert.Equal((0, 30), (report.GetProperty("rows").GetInt64(), report.GetProperty("not_run").GetInt64()));
    }

    /// <summary>Whoever feeds the command says one row, and then neither another nor that there is none.</summary>
    [Fact]
    public async Task Run_OutputOnAFullDiskWhileTheInputIsSilent_EndsWith130()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        var errors = await ShellAsync(
            folder,
            130,
            "mkfifo in; exec 3<>in; echo '{\"tool\":\"m/echo\"}' >&3; "
            + "\"$0\" run job.yaml --set \"input={path: '-'}\" --set call=null --set output.path=/dev/full --set errors.path=errors.jsonl <&3");
        Assert.Contains("penstock: the output cannot be written: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ReaderThatLeaves_StopsTheJob()
    {
        using var folder = new JobFolder().WriteEchoJob(1_000_000_000);
        var errors = await ShellAsync(folder, 130, $"\"$0\" run job.yaml {ToStandardOutput} | head -n 1 > first; exit ${{PIPESTATUS[0]}}");
        Assert.Contains("penstock: the output cannot be written: whoever read it has left; to have all records, write to a file (", errors, StringComparison.Ordinal);
        using var first = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Of("first")));
        Assert.Equal("m", first.RootElement.GetProperty("response").GetProperty("server").GetString());
    }

    /// <summary>Opened anew, what the shell sent them to would be emptied.</summary>
    [Fact]
    public async Task Run_ReportOnAStandardStream_LeavesWhatIsThere()
    {
        using var folder = new JobFolder().WriteEchoJob(3).Write("log", "old\n").Write("all", "old\n");
        await ShellAsync(folder, 0, "\"$0\" run job.yaml --progress none --report /dev/stderr 2>> log");
        Assert.StartsWith("old\nrows ", File.ReadAllText(folder.Of("log")), StringComparison.Ordinal);
        await ShellAsync(folder, 0, "\"$0\" run job.yaml --again --progress none --report /dev/stdout 2> /dev/null >> all");
        Assert.StartsWith("old\n{\n", File.ReadAllText(folder.Of("all")), StringComparison.Ordinal);
        var errors = await ShellAsync(folder, 64, $"\"$0\" run job.yaml {ToStandardOutput} --report /dev/stdout > records");
        Assert.Equal("penstock: --report /dev/stdout is where the records go; give it a file\n", errors);
    }

    [Fact]
    public async Task Run_StandardErrorOnAFullDisk_LosesNoRow()
    {
        using var folder = new JobFolder().WriteEchoJob(500);
        await ShellAsync(folder, 0, "\"$0\" run job.yaml --progress json 2> /dev/full");
        Assert.Equal(500, folder.Rows().Count);
    }

    [Theory]
    [InlineData("tools --servers job.yaml")]
    [InlineData("tools --servers job.yaml --json")]
    [InlineData("call m/echo --servers job.yaml")]
    [InlineData("call m/echo --servers job.yaml --json")]
    [InlineData("--help")]
    public async Task Command_StandardOutputOnAFullDisk_EndsWith130AndSaysWhy(string line)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        Assert.StartsWith("penstock: standard output cannot be written: ", await ShellAsync(folder, 130, $"\"$0\" {line} > /dev/full"), StringComparison.Ordinal);
    }

    /// <summary>Whether or not the answer still finds the pipe open.</summary>
    [Theory]
    [InlineData("m/sleep '{\"ms\":-1}' --json", 1)]
    [InlineData("m/sleep '{\"ms\":-1}'", 1)]
    [InlineData("m/echo '{\"message\":\"x\"}'", 0)]
    [InlineData("m/echo '{\"message\":\"x\"}' --json", 0)]
    public async Task Call_ReaderThatLeaves_EndsAsTheCallDid(string line, int code)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        var errors = await ShellAsync(folder, code, $"\"$0\" call {line} --servers job.yaml | true; exit ${{PIPESTATUS[0]}}");
        Assert.Equal(code != 0, errors.StartsWith("penstock: m/sleep: ", StringComparison.Ordinal));
    }

    /// <summary>The descriptor's position is the shell's too: what follows must not overwrite what was printed.</summary>
    [Fact]
    public async Task Command_StandardOutputSharedWithOthers_IsAppendedTo()
    {
        using var folder = new JobFolder().WriteEchoJob(3);
        await ShellAsync(folder, 0, $"(echo first; \"$0\" call m/echo '{{\"message\":\"x\"}}' --servers job.yaml; \"$0\" run job.yaml {ToStandardOutput}; echo last) > all");
        var lines = await File.ReadAllLinesAsync(folder.Of("all"));
        Assert.Equal((6, "first", "x", "last"), (lines.Length, lines[0], lines[1], lines[^1]));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("schema")]
    [InlineData("completion bash")]
    [InlineData("tools --servers job.yaml")]
    public async Task Command_ReaderThatLeaves_IsSilent(string line)
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        Assert.Equal("", await ShellAsync(folder, 0, $"\"$0\" {line} | true"));
    }

    /// <summary>Runs a line of bash, in which <c>$0</c> is the command.</summary>
    /// <returns>What it said on standard error.</returns>
    private static async Task<string> ShellAsync(JobFolder folder, int code, string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", line, RunningCommand.Path])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            shell.StandardInput.Close();
            using var limit = new CancellationTokenSource(RunningCommand.Limit);
            var errors = await shell.StandardError.ReadToEndAsync(limit.Token);
            await shell.WaitForExitAsync(limit.Token);
            Assert.True(shell.ExitCode == code, $"exit code {shell.ExitCode}, not {code}; it said:\n{errors}");
            return errors;
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }
    }
}
