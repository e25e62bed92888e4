using System.Text;
using Penstock.Jobs.Running;
using Xunit;

namespace Penstock.Jobs.Tests.Running;

/// <summary>How a call is to end.</summary>
internal sealed record Outcome(CallFault Fault, string Content, string Arguments = "", int Attempts = 1, double Milliseconds = 11.2)
{
    public static Outcome Ok(string content = """{"content":[]}""") => new(default, content);

    public static Outcome Failed(FaultType type, FaultOrigin origin, string content, string arguments = "{}") =>
        new(new CallFault(type, Executed.Maybe, origin, retryable: true), content, arguments);
}

/// <summary>An engine that ends each call at once as the test says.</summary>
internal sealed class FakeEngine(Func<ToolCall, long, Outcome> end)
{
    public List<string> Arguments { get; } = [];

    public List<string> Tools { get; } = [];

    public List<TimeSpan?> Timeouts { get; } = [];

    public IReadOnlyList<ServerStatus> Servers { get; set; } = [Status("echo", ServerState.Up)];

    /// <summary>Completes when each server is up or has failed; until then they are as <see cref="Servers"/> says.</summary>
    public Task Settled { get; init; } = Task.CompletedTask;

    /// <summary>What is called when the engine is to stop at once.</summary>
    public Action OnDispose { get; init; } = static () => { };

    public bool IsDisposed { get; private set; }

    public static ServerStatus Status(string name, ServerState state, string? failure = null) =>
        new() { Name = name, State = state, Transport = "fake", Failure = failure };

    public JobEngine Create() => new(
        StartAsync,
        () => Servers,
        (calls, stop) => new Results(this, calls.GetAsyncEnumerator(stop), stop),
        _ => Task.CompletedTask,
        () =>
        {
            IsDisposed = true;
            OnDispose();
            return Task.CompletedTask;
        });

    private async Task<DeployReport> StartAsync(CancellationToken stop)
    {
        await Settled.WaitAsync(stop);
        return new DeployReport(Servers);
    }

    private Outcome End(ToolCall call, long ordinal)
    {
        Assert.True(call.IsValidated);
        Arguments.Add(Encoding.UTF8.GetString(call.Arguments.Span));
        Tools.Add(call.Tool);
        Timeouts.Add(call.Timeout);
        return end(call, ordinal);
    }

    private sealed class Results(FakeEngine engine, IAsyncEnumerator<ToolCall> calls, CancellationToken stop)
        : IAsyncEnumerable<ToolResult>, IAsyncEnumerator<ToolResult>
    {
        private long _ordinal = -1;
        private string _tool = "";
        private byte[] _tag = [];
        private Outcome _outcome = Outcome.Ok();

        public ToolResult Current => new(
            _ordinal,
            _tool,
            _outcome.Fault,
            Encoding.UTF8.GetBytes(_outcome.Content),
            _tag,
            Encoding.UTF8.GetBytes(_outcome.Arguments),
            _outcome.Attempts,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMilliseconds(_outcome.Milliseconds));

        public IAsyncEnumerator<ToolResult> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public async ValueTask<bool> MoveNextAsync()
        {
            stop.ThrowIfCancellationRequested();
            if (!await calls.MoveNextAsync())
            {
                return false;
            }

            _ordinal++;
            (_tool, _tag) = (calls.Current.Tool, calls.Current.Tag.ToArray());
            _outcome = engine.End(calls.Current, _ordinal);
            return true;
        }

        public ValueTask DisposeAsync() => calls.DisposeAsync();
    }
}
