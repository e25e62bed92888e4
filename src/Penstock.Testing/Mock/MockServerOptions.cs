using System.Text.Json;

namespace Penstock.Testing;

/// <summary>Settings of a mock server. Read once, when the server is created.</summary>
public sealed class MockServerOptions
{
    /// <summary>The server's name, as it tells it. Default <c>penstock-mock</c>.</summary>
    public string Name { get; set; } = "penstock-mock";

    /// <summary>The server's version, as it tells it. Default <c>1.0.0</c>.</summary>
    public string Version { get; set; } = "1.0.0";

    /// <summary>The era that it speaks; <see cref="ProtocolEra.Auto"/> (default) = both.</summary>
    public ProtocolEra Era { get; set; }

    /// <summary>
    /// Which of the ready-made tools are offered: <c>echo</c>, <c>add</c>, <c>sleep</c>, <c>fail</c>. Default: all four.
    /// </summary>
    public IList<string> BuiltInTools { get; } = [.. MockTool.BuiltInNames];

    /// <summary>Tools per page of <c>tools/list</c>. 0 to 1,000,000; 0 (default) = all on one page.</summary>
    public int PageSize { get; set; }

    /// <summary>How long every tool call takes, over what the tool itself takes. 0 (default) to 1 day, in whole milliseconds.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>A further wait of random length below this, for every tool call. 0 (default) to 1 day.</summary>
    public TimeSpan LatencyJitter { get; set; }

    /// <summary>The share of tool calls that report an error (<c>isError</c>) though nothing is wrong. 0 (default) to 1.</summary>
    public double FailureRate { get; set; }

    /// <summary>Decides which calls <see cref="FailureRate"/> and <see cref="LatencyJitter"/> meet, and how. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// Whether answers begin with <c>result</c> and end with <c>id</c>, as those of TypeScript servers do. Default false.
    /// </summary>
    public bool IsIdLast { get; set; }

    /// <summary>
    /// The longest line that the server reads, in bytes; at a longer one it exits, as TypeScript servers do. 1 KiB to 1 GiB, default 10
    /// MiB.
    /// </summary>
    public int MaxLineBytes { get; set; } = 10 << 20;

    /// <summary>How else the server misbehaves; null (default) = not at all.</summary>
    public FaultScript? Faults { get; set; }

    /// <summary>
    /// Whether every call that reaches a tool is kept in <see cref="MockServer.ExecutedCalls"/>. Default false: it allocates for every
    /// call.
    /// </summary>
    public bool RecordsCalls { get; set; }

    /// <summary>Told of every call that reaches a tool, on the server's thread, before the tool runs. Default null.</summary>
    public Action<ExecutedCall>? OnExecuted { get; set; }

    /// <summary>The clock for waits. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    internal List<MockTool> OwnTools { get; } = [];

    /// <summary>Adds a tool.</summary>
    /// <param name="description">Its name and what <c>tools/list</c> says of it; an empty schema becomes <c>{"type":"object"}</c>.</param>
    /// <param name="body">Runs on the server's thread, one call at a time per connection.</param>
    public MockServerOptions AddTool(ToolDescription description, Func<JsonElement, MockToolResult> body)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(body);
        OwnTools.Add(new MockTool(description, body));
        return this;
    }

    /// <summary>Adds a tool that may wait.</summary>
    /// <param name="description">Its name and what <c>tools/list</c> says of it; an empty schema becomes <c>{"type":"object"}</c>.</param>
    /// <param name="body">Begins on the server's thread; any number run at once. The token fires when the call is cancelled or the connection ends.</param>
    public MockServerOptions AddTool(ToolDescription description, Func<JsonElement, CancellationToken, ValueTask<MockToolResult>> body)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(body);
        OwnTools.Add(new MockTool(description, body));
        return this;
    }

    /// <summary>Lists everything that is wrong with the settings, each problem with the remedy; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        CheckTime(Latency, nameof(Latency), problems);
        CheckTime(LatencyJitter, nameof(LatencyJitter), problems);
        if (!Enum.IsDefined(Era))
        {
            problems.Add($"Era is {Era}; use Auto, Modern or Legacy.");
        }

        if (PageSize is < 0 or > 1_000_000)
        {
            problems.Add($"PageSize is {PageSize}; use 0 to 1000000.");
        }

        if (FailureRate is not (>= 0 and <= 1))
        {
            problems.Add($"FailureRate is {FailureRate}; use 0 to 1.");
        }

        if (MaxLineBytes is < 1 << 10 or > 1 << 30)
        {
            problems.Add($"MaxLineBytes is {MaxLineBytes}; use 1 KiB to 1 GiB.");
        }

        CheckTools(problems);
        return problems;
    }

    /// <summary>The settings as they are now, for a server's own use; the lists of tools are shared, and read at its start only.</summary>
    internal MockServerOptions Copy() => (MockServerOptions)MemberwiseClone();

    private static void CheckTime(TimeSpan value, string name, List<string> problems)
    {
        if (value < TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            problems.Add($"{name} is {value}; use 0 to 1 day.");
        }
    }

    private void CheckTools(List<string> problems)
    {
        foreach (var name in BuiltInTools.Where(static n => !MockTool.BuiltInNames.Contains(n)))
        {
            problems.Add($"There is no ready-made tool '{name}'; use {string.Join(", ", MockTool.BuiltInNames)}.");
        }

        foreach (var twice in BuiltInTools.Concat(OwnTools.Select(static t => t.Name)).GroupBy(static n => n).Where(static g => g.Count() > 1))
        {
            problems.Add($"There are {twice.Count()} tools named '{twice.Key}'; keep one.");
        }
    }
}

/// <summary>One call that reached a tool.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Arguments">Its arguments, byte for byte as they came; <c>{}</c> if there were none.</param>
public readonly record struct ExecutedCall(string Tool, string Arguments);
