using Penstock.Calls;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>
/// Scatters a slab's calls to the tails of their servers, and lets the ended ones out. It never waits for a tail: what a tail cannot take yet
/// lies in that tail's own queue.
/// </summary>
internal sealed class BatchStage(Door door, IntakeGate intake)
{
    public void Scatter(Slab slab)
    {
        if (slab.EndedCount > 0)
        {
            // Their bytes are home again, and no tail hears of it: a source may wait for just that.
            door.EndMarked(slab);
            intake.Pulse();
        }

        var slots = slab.Slots;
        for (var start = 0; start < slots.Length;)
        {
            var server = ((ServerTool)slots[start].Target).Server;
            var submission = slots[start].Submission;
            var end = start + 1;
            while (end < slots.Length
                && ReferenceEquals(((ServerTool)slots[end].Target).Server, server)
                && ReferenceEquals(slots[end].Submission, submission))
            {
                end++;
            }

            ((TailChain)server.Queue).Enqueue(slots[start..end]);
            start = end;
        }

        slab.Clear();
        door.Slabs.Return(slab);
    }
}
