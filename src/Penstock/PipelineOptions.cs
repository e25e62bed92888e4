namespace Penstock;

/// <summary>Settings of a pipeline. Copied at <see cref="ToolPipelineBuilder.Build"/>: what is changed later has no effect.</summary>
public sealed class PipelineOptions
{
    /// <summary>The longest wait for an answer, per attempt, from write to answer. 1 ms to 24 h, default 10 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a single call may take from intake to end. 1 ms to 24 h, default 30 s.</summary>
    public TimeSpan SingleCallDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How calls are gathered into slabs.</summary>
    public BatchOptions Batch { get; } = new();

    /// <summary>How much memory the calls and results on their way may hold.</summary>
    public MemoryOptions Memory { get; } = new();

    /// <summary>How many servers start at the same time. 1 to 1024, default 16.</summary>
    public int StartConcurrency { get; set; } = 16;

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Where the engine logs. Default: nowhere.</summary>
    public Microsoft.Extensions.Logging.ILoggerFactory? LoggerFactory { get; set; }

    internal PipelineOptions Copy() => new()
    {
        CallTimeout = CallTimeout,
        SingleCallDeadline = SingleCallDeadline,
        Batch = { MaxCalls = Batch.MaxCalls, Linger = Batch.Linger },
        Memory = { Budget = Memory.Budget },
        StartConcurrency = StartConcurrency,
        Clock = Clock,
        LoggerFactory = LoggerFactory,
    };

    internal void Validate(List<string> problems)
    {
        Check(CallTimeout, nameof(CallTimeout), problems);
        Check(SingleCallDeadline, nameof(SingleCallDeadline), problems);
        if (StartConcurrency is < 1 or > 1024)
        {
            problems.Add($"StartConcurrency is {StartConcurrency}; use 1 to 1024.");
        }

        Batch.Validate(problems);
        Memory.Validate(problems);
    }

    private static void Check(TimeSpan value, string name, List<string> problems)
    {
        if (value < TimeSpan.FromMilliseconds(1) || value > TimeSpan.FromHours(24))
        {
            problems.Add($"{name} is {value}; use 1 ms to 24 h.");
        }
    }
}

/// <summary>How calls are gathered into slabs.</summary>
public sealed class BatchOptions
{
    /// <summary>Most calls in one slab. 1 to 256, default 256.</summary>
    public int MaxCalls { get; set; } = 256;

    /// <summary>
    /// The longest that calls wait in an unfilled slab while their source blocks; an asynchronous source's leave when it does not yield at once.
    /// A server's slab never waits to fill: it takes what there is whenever the server has room. 0 to 1 s, default 2 ms.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(2);

    internal void Validate(List<string> problems)
    {
        if (MaxCalls is < 1 or > 256)
        {
            problems.Add($"Batch.MaxCalls is {MaxCalls}; use 1 to 256.");
        }

        if (Linger < TimeSpan.Zero || Linger > TimeSpan.FromSeconds(1))
        {
            problems.Add($"Batch.Linger is {Linger}; use 0 to 1 s.");
        }
    }
}

/// <summary>How much memory calls and results may hold.</summary>
public sealed class MemoryOptions
{
    /// <summary>
    /// Ceiling, in bytes, for the requests and results on their way: half of it for each. A ceiling, not a target. 1 MiB to 1 TiB,
    /// default 256 MiB.
    /// </summary>
    public long Budget { get; set; } = 256L << 20;

    internal void Validate(List<string> problems)
    {
        if (Budget is < 1L << 20 or > 1L << 40)
        {
            problems.Add($"Memory.Budget is {Budget} bytes; use 1 MiB to 1 TiB.");
        }
    }
}
