using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>A job file as a whole: the order of its problems, its size, and values that YAML would read otherwise.</summary>
public sealed class ProblemOrderTests
{
    [Fact]
    public void Read_ManyProblems_TellsAllInTheOrderOfTheText()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", """
            version: 3
            servers: { echo: { mock: {}, replicas: x, wat: 1 } }
            input: { range: 1 }
            call: { tool: nope/echo }
            output: { pat: out.jsonl }
            """);

        var problems = Job.Read(path).Problems;

        Assert.Equal(
            ["version", "servers.echo.replicas", "servers.echo.wat", "call.tool", "output.path", "output.pat"],
            problems.Select(static p => p.Path));
    }

    [Fact]
    public void Read_AliasesThatGrowWithoutBound_IsRefusedQuickly()
    {
        using var folder = new TempFolder();
        var lines = Enumerable.Range(1, 30).Select(static i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]");

        var problems = Job.Read(folder.Write("job.yaml", "a0: &a0 x\n" + string.Join('\n', lines))).Problems;

        Assert.Contains("nodes with its aliases", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DashAsOverride_IsStandardInputAndOutput()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", "version: 1\nservers: { e: { mock: {} } }\ninput: { path: r }\noutput: { path: o }\n");

        var job = Job.Load(path, ["input.path=-", "output.path=-", "errors.path=e"]);

        Assert.Equal((Job.Standard, Job.Standard), (job.Input.Path, job.OutputPath));
    }
}
