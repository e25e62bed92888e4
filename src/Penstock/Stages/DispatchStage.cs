using Penstock.Calls;
using Penstock.Connections;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>Gives the calls of a slab to replicas. It never waits: what no replica takes comes back.</summary>
internal sealed class DispatchStage(Server server, Door door)
{
    private readonly Random _random = new(StringComparer.Ordinal.GetHashCode(server.Name));
    private readonly long[] _ordinals = new long[Slab.Capacity];

    /// <returns>The calls that were not taken; they are the caller's still.</returns>
    public ReadOnlySpan<CallSlot> Send(Slab slab)
    {
        EndHopeless(slab);
        var rest = slab.Slots;
        while (!rest.IsEmpty && ReplicaPicker.Pick(server.Replicas, _random) is { } connection)
        {
            var count = Math.Min(rest.Length, connection.Room);
            if (count == 0)
            {
                continue;
            }

            if (!TellSending(rest[..count]))
            {
                // The calls of the failed callback's submission are ended where all go now; the others come again, and are not told of twice.
                break;
            }

            var sent = connection.Send(rest[..count]);
            CancelLate(connection, rest[..sent]);
            rest = rest[sent..];
        }

        return rest;
    }

    /// <summary>
    /// A submission that was cancelled after the look above, and before its calls were in the connection's table, was looked for there in vain.
    /// </summary>
    private static void CancelLate(Connection connection, ReadOnlySpan<CallSlot> sent)
    {
        Submission? last = null;
        foreach (ref readonly var slot in sent)
        {
            if (!ReferenceEquals(slot.Submission, last))
            {
                last = slot.Submission;
                if (last.IsCancelled)
                {
                    connection.Cancel(last);
                }
            }
        }
    }

    /// <summary>Ends calls that must not be sent any more, and all of them if no replica will ever come.</summary>
    private void EndHopeless(Slab slab)
    {
        var slots = slab.Slots;
        var now = door.Clock.GetTimestamp();
        var state = server.State;
        for (var i = 0; i < slots.Length; i++)
        {
            ref var slot = ref slots[i];
            if (slot.Submission.IsCancelled)
            {
                slab.End(i, CallFault.Local(FaultType.Cancelled, Executed.No), "cancelled before it was sent");
            }
            else if (slot.Deadline <= now)
            {
                slab.End(i, CallFault.Local(FaultType.Timeout, Executed.No, retryable: true), "the call's deadline passed while it waited");
            }
            else if (state == ServerState.Stopped)
            {
                slab.End(i, CallFault.Local(FaultType.Cancelled, Executed.No), $"server '{server.Name}' was removed");
            }
            else if (state == ServerState.Failed)
            {
                slab.End(i, server.FailureFault, $"server '{server.Name}' cannot be had: {server.Failure}");
            }
            else if (slot.Target.Refusal is { } refusal)
            {
                // The tools were not known yet when the call was checked.
                slab.End(i, CallFault.Local(refusal.Type, Executed.No), refusal.Message);
            }
            else if (!slot.IsChecked)
            {
                ValidateStage.CheckSchema(slab, i, ref slot);
            }
        }

        door.EndMarked(slab);
    }

    /// <summary>Tells submissions that ask for it of the attempts that they have not been told of.</summary>
    /// <returns>False if a callback failed: its submission is aborted, and its calls must not be sent.</returns>
    private bool TellSending(Span<CallSlot> slots)
    {
        var isTold = true;
        for (var start = 0; start < slots.Length;)
        {
            var submission = slots[start].Submission;
            var count = 0;
            var end = start;
            for (; end < slots.Length && ReferenceEquals(slots[end].Submission, submission); end++)
            {
                ref var slot = ref slots[end];
                var attempt = (byte)(slot.Attempts + 1);
                if (slot.ToldAttempt != attempt)
                {
                    slot.ToldAttempt = attempt;
                    _ordinals[count++] = slot.Ordinal;
                }
            }

            start = end;
            if (count == 0 || submission.OnSending is not { } callback)
            {
                continue;
            }

            try
            {
                callback(_ordinals.AsSpan(0, count));
            }
            catch (Exception e)
            {
                submission.Abort(e);
                isTold = false;
            }
        }

        return isTold;
    }
}
