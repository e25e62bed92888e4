using System.Threading.Tasks.Dataflow;
using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Stages;

/// <summary>
/// The user's result stages, between the read burst and the door. Whoever ends calls leaves a copy of their contents here and goes on; what the
/// chain cannot take yet waits in a list, counted as results are. There is no such chain where there are no result stages.
/// </summary>
internal sealed class ResultChain
{
    /// <summary>Slabs inside the chain: one being worked on, one waiting. More wait in the list.</summary>
    private const int Capacity = 2;

    /// <summary>The bytes that wait here at which nothing more is sent, as for a stream's own backlog; half of it lets calls go again.</summary>
    private const long BacklogLimit = 4 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<Slab> _waiting = new();
    private readonly Door _door;
    private readonly MemoryAccount _account;
    private readonly Action _resumed;
    private readonly long _backlogLimit;
    private readonly TransformBlock<Slab, Slab> _first;
    private readonly ActionBlock<Slab> _last;
    private int _inside;
    private long _bytes;
    private volatile bool _isFull;

    /// <param name="stages">At least one.</param>
    /// <param name="door">Where the calls end.</param>
    /// <param name="account">The account of results.</param>
    /// <param name="front">The front chain, which stages may not call.</param>
    /// <param name="resumed">Called, without locks, when calls may be sent again.</param>
    /// <param name="stop">Given to stages that wait.</param>
    public ResultChain(
        IReadOnlyList<ResultStage> stages, Door door, MemoryAccount account, FrontChain front, Action resumed, CancellationToken stop)
    {
        _door = door;
        _account = account;
        _resumed = resumed;
        _backlogLimit = Math.Min(BacklogLimit, account.Limit / 4);
        var blocks = stages.Select(stage => stage.Body is not null
            ? StageBlock.Transform(stage.Name, slab => stage.Run(slab, front, stop), isUserCode: true, stop)
            : StageBlock.TransformAsync(stage.Name, slab => stage.RunAsync(slab, front, stop), isUserCode: true, stop)).ToList();
        for (var i = 1; i < blocks.Count; i++)
        {
            blocks[i - 1].Then(blocks[i]);
        }

        _first = blocks[0];
        _last = StageBlock.Last(End);
        blocks[^1].Then(_last);
    }

    /// <summary>So much waits here that nothing more should be sent.</summary>
    public bool IsFull => _isFull;

    /// <summary>Takes ended calls over. Never waits, and runs no user code: its callers are connections' readers.</summary>
    public void Post(Slab slab, ReadOnlySpan<byte> source)
    {
        var contents = slab.Contents = ResultContents.Take(slab.Outcomes, source, _account);
        lock (_gate)
        {
            _waiting.Enqueue(slab);
            _bytes += contents.Reserved;
            _isFull |= _bytes > _backlogLimit;
        }

        Pump();
    }

    /// <summary>No more slabs come; completes when the last one has ended.</summary>
    public Task CompleteAsync()
    {
        _first.Complete();
        return _last.Completion;
    }

    private void Pump()
    {
        while (true)
        {
            Slab? slab;
            lock (_gate)
            {
                if (_inside == Capacity || !_waiting.TryDequeue(out slab))
                {
                    return;
                }

                _inside++;
            }

            // The first block may still count a slab that has left the last one; then it takes this one a moment later.
            var sent = _first.SendAsync(slab);
            if (!sent.IsCompleted)
            {
                _ = EndIfRefusedAsync(sent, slab);
            }
            else if (!sent.Result)
            {
                EndOne(slab);
            }
        }
    }

    /// <summary>A completed chain takes nothing: what ends while the pipeline is disposed ends past the stages.</summary>
    private async Task EndIfRefusedAsync(Task<bool> sent, Slab slab)
    {
        if (!await sent.ConfigureAwait(false))
        {
            End(slab);
        }
    }

    private void End(Slab slab)
    {
        EndOne(slab);
        Pump();
    }

    private void EndOne(Slab slab)
    {
        var contents = slab.Contents!;
        slab.Contents = null;
        _door.EndSeen(slab, contents.Span);
        bool resumed;
        lock (_gate)
        {
            _inside--;
            _bytes -= contents.Reserved;
            resumed = _isFull && _bytes < _backlogLimit / 2;
            _isFull &= !resumed;
        }

        contents.Release();
        if (resumed)
        {
            _resumed();
        }
    }
}
