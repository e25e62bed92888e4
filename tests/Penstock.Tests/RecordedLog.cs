using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Penstock.Tests;

/// <summary>Keeps what is logged, in order.</summary>
internal sealed class RecordedLog(LogLevel least = LogLevel.Trace) : ILoggerFactory, ILogger
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    /// <summary>The next line that holds a text; lines before it are passed over.</summary>
    public async Task<string> FindAsync(string text)
    {
        using var hang = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await foreach (var line in _lines.Reader.ReadAllAsync(hang.Token))
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException();
    }

    /// <summary>What was logged and not looked at yet.</summary>
    public IReadOnlyList<string> Rest()
    {
        var lines = new List<string>();
        while (_lines.Reader.TryRead(out var line))
        {
            lines.Add(line);
        }

        return lines;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Assert.True(_lines.Writer.TryWrite($"{logLevel}: {formatter(state, exception)}"));
        }
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
