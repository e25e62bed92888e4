namespace Penstock.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private const string Job = """
        version: 1
        servers: { echo: { mock: {} } }
        input: { path: in.jsonl }
        output: { path: out.jsonl }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("penstock-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("runn job.yaml")]
    [InlineData("run")]
    [InlineData("run job.yaml --nope")]
    [InlineData("run job.yaml --progress fancy")]
    [InlineData("run job.yaml --max-failures -1")]
    [InlineData("tools")]
    [InlineData("call echo/echo")]
    [InlineData("call echo {} --servers job.yaml")]
    [InlineData("call echo/echo [1] --servers job.yaml")]
    [InlineData("call echo/echo {x --servers job.yaml")]
    [InlineData("mock --latency soon")]
    [InlineData("mock --fail-rate 2")]
    [InlineData("resume job.yaml")]
    public async Task Run_WrongUsage_ExitsSixtyFour(string arguments)
    {
        var end = await RunAsync(arguments);

        Assert.Equal(64, end.ExitCode);
        Assert.StartsWith("penstock: ", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("lint --help")]
    [InlineData("tools --help")]
    [InlineData("call --help")]
    [InlineData("mock --help")]
    public async Task Run_Help_ShowsAnExample(string arguments)
    {
        var end = await RunAsync(arguments);

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("Example", end.Output, StringComparison.Ordinal);
        Assert.Contains("penstock", end.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Penstock.Cli", end.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_SeveralFiles_TellsEveryProblem()
    {
        Write("good.yaml", Job);
        Write("bad.yaml", Job.Replace("version: 1", "version: 2\nwat: 3", StringComparison.Ordinal));

        var end = await RunAsync("lint good.yaml bad.yaml");

        Assert.Equal(78, end.ExitCode);
        Assert.Equal(
            "penstock: bad.yaml:1:10: version: '2' is not known here; use 1\npenstock: bad.yaml:2:1: wat: unknown key; valid here: version, servers, mcpServers, serversFile, input, call, output, errors, memory, pipeline\n",
            end.Error);
        Assert.Equal(0, (await RunAsync("lint good.yaml")).ExitCode);
    }

    [Fact]
    public async Task Run_JobThatLintRefuses_IsRefused()
    {
        Write("job.yaml", Job + "\nmetrics: { port: 9090 }\n");

        var end = await RunAsync("run job.yaml");

        Assert.Equal(78, end.ExitCode);
        Assert.Contains("job.yaml:5:1: metrics: not built yet", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoJobFile_ExitsSeventyEight() => Assert.Equal(78, (await RunAsync("run none.yaml")).ExitCode);

    [Fact]
    public async Task Run_NoInput_ExitsSixtyFive()
    {
        Write("job.yaml", Job);

        var end = await RunAsync("run job.yaml");

        Assert.Equal(65, end.ExitCode);
        Assert.Contains("in.jsonl: there is no such file", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OutputExists_ExitsSixtyFourWithTheRemedy()
    {
        Write("job.yaml", Job);
        Write("out.jsonl", "");

        var end = await RunAsync("run job.yaml");

        Assert.Equal(64, end.ExitCode);
        Assert.Contains("out.jsonl exists already", end.Error, StringComparison.Ordinal);
        Assert.Contains("--again", end.Error, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private Task<CommandEnd> RunAsync(string arguments) =>
        PenstockProcess.RunAsync(_folder.FullName, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
