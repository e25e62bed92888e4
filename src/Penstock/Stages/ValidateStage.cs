using Penstock.Calls;
using Penstock.Protocol;

namespace Penstock.Stages;

/// <summary>Ends calls that cannot be sent: cancelled, addressed to nobody, not one JSON object, too long.</summary>
internal static class ValidateStage
{
    public static void Check(Slab slab)
    {
        var slots = slab.Slots;
        for (var i = 0; i < slots.Length; i++)
        {
            ref var slot = ref slots[i];
            if (slot.Submission.IsCancelled)
            {
                slab.End(i, CallFault.Local(FaultType.Cancelled, Executed.No), "cancelled before it was sent");
            }
            else if (slot.Target.Refusal is { } refusal)
            {
                slab.End(i, CallFault.Local(refusal.Type, Executed.No), refusal.Message);
            }
            else if (slot.ArgumentsLength > slot.Target.MaxArgumentsLength)
            {
                slab.End(
                    i,
                    CallFault.Local(FaultType.InvalidParams, Executed.No),
                    $"the arguments are {slot.ArgumentsLength} bytes long; the server takes at most {slot.Target.MaxArgumentsLength} (maxRequestBytes)");
            }
            else if (!slot.IsValidated)
            {
                if (slot.ArgumentsLength == 0 || JsonScanner.IsObject(slot.Arguments))
                {
                    slot.IsValidated = true;
                }
                else
                {
                    slab.End(i, CallFault.Local(FaultType.InvalidParams, Executed.No), $"the arguments are not one JSON object{Hint(slot.Arguments)}");
                }
            }
        }
    }

    /// <summary>What they are instead, as far as the first byte tells: their text may be secret.</summary>
    private static string Hint(ReadOnlySpan<byte> arguments) => arguments.TrimStart(" \t\r\n"u8) switch
    {
        [(byte)'[', ..] => ": they begin as an array",
        [(byte)'"', ..] => ": they begin as a string",
        [(byte)'n', ..] => ": they begin as null",
        [(byte)'t' or (byte)'f', ..] => ": they begin as a boolean",
        [(byte)'-' or (>= (byte)'0' and <= (byte)'9'), ..] => ": they begin as a number",
        _ => "",
    };
}
