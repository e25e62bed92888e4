using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Broken job files, each with all that lint says of it as comments at its end: <c># line:column: path: message</c>.</summary>
public sealed class BrokenJobTests
{
    [Theory]
    [InlineData("01-names")]
    [InlineData("02-server")]
    [InlineData("03-columns")]
    [InlineData("04-machine")]
    [InlineData("05-same-files")]
    [InlineData("06-not-yet")]
    [InlineData("07-values")]
    [InlineData("08-shapes")]
    [InlineData("09-variables")]
    [InlineData("10-both")]
    [InlineData("11-as-run")]
    public async Task Lint_BrokenJob_TellsEveryProblemInOneGo(string name)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "BrokenJobs", name + ".yaml"));
        using var folder = new JobFolder().Write("job.yaml", text).Write("rows.csv", "id,street,city\n1,Storgata,Oslo\n").Write("empty.csv", "");
        Directory.CreateDirectory(folder.Of("folder"));

        var end = (await RunningCommand.RunAsync(folder.Path, "lint", "job.yaml")).Expect(78);

        var expected = text.Split('\n').Where(static l => l.StartsWith("# ", StringComparison.Ordinal)).Select(static l => l[2..]);
        Assert.Equal(
            string.Join('\n', expected),
            end.Errors.Replace("penstock: job.yaml:", "", StringComparison.Ordinal).Replace(folder.Path, "FOLDER", StringComparison.Ordinal).TrimEnd('\n'));
    }

    [Fact]
    public async Task Lint_WorkingJobs_SaysNothingOfPipesDevicesAndStandardStreams()
    {
        using var folder = new JobFolder().WriteEchoJob(1);
        using (var made = System.Diagnostics.Process.Start("mkfifo", [folder.Of("pipe")]))
        {
            await made.WaitForExitAsync();
        }

        const string Start = "version: 1\nservers: { m: { mock: {} } }\n";
        folder.Write("a.yaml", Start + "input: { path: pipe }\noutput: { path: /dev/null }\nerrors: { path: /dev/null }");
        folder.Write("b.yaml", Start + "input: { path: \"-\" }\noutput: { path: \"-\" }\nerrors: { path: e.jsonl }");
        folder.Write("c.yaml", Start + "input: { path: /dev/stdin }\noutput: { path: pipe }\nerrors: { path: e.jsonl }");
        Assert.Equal("", (await RunningCommand.RunAsync(folder.Path, "lint", "a.yaml", "b.yaml", "c.yaml", "job.yaml")).Expect(0).Errors);
    }
}
