using System.Collections;

namespace Penstock;

/// <summary>The results of one stream for a reader who blocks. Its enumerator waits on an event that the stream's own wake-up sets.</summary>
internal sealed class BlockingResults(IAsyncEnumerable<ToolResult> results) : IEnumerable<ToolResult>
{
    public IEnumerator<ToolResult> GetEnumerator()
    {
        ToolPipelineSyncExtensions.ThrowIfOnPipelineThread();
        return new Enumerator(results.GetAsyncEnumerator());
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Enumerator : IEnumerator<ToolResult>
    {
        private readonly IAsyncEnumerator<ToolResult> _results;
        private readonly ManualResetEventSlim _isReady = new();
        private readonly Action _wake;

        public Enumerator(IAsyncEnumerator<ToolResult> results)
        {
            _results = results;
            _wake = _isReady.Set;
        }

        public ToolResult Current => _results.Current;

        object IEnumerator.Current => throw new NotSupportedException("A result is borrowed and cannot be boxed: use IEnumerable<ToolResult>.");

        public bool MoveNext() => Wait(_results.MoveNextAsync());

        public void Reset() => throw new NotSupportedException("A stream is read once.");

        /// <remarks>The event is left to the collector: its waker may still be on its way out of it, and it holds no handle.</remarks>
        public void Dispose() => _results.DisposeAsync().AsTask().GetAwaiter().GetResult();

        private bool Wait(ValueTask<bool> next)
        {
            var awaiter = next.ConfigureAwait(false).GetAwaiter();
            if (!awaiter.IsCompleted)
            {
                _isReady.Reset();
                awaiter.UnsafeOnCompleted(_wake);
                _isReady.Wait();
            }

            return awaiter.GetResult();
        }
    }
}
