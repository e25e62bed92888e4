using Penstock.Calls;
using Penstock.Protocol;
using Penstock.Servers;

namespace Penstock.Stages;

/// <summary>Ends calls that cannot be sent: cancelled, addressed to nobody, not one JSON object, too long, not what their tool asks for.</summary>
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
            else if (!slot.IsValidated && slot.ArgumentsLength > 0 && !JsonScanner.IsObject(slot.Arguments))
            {
                slab.End(i, CallFault.Local(FaultType.InvalidParams, Executed.No), $"the arguments are not one JSON object{Hint(slot.Arguments)}");
            }
            else
            {
                slot.IsValidated = true;
            }
        }
    }

    /// <summary>Ends calls whose arguments the tool's schema refuses. After the user's stages, which may add what is missing.</summary>
    public static void CheckSchemas(Slab slab)
    {
        var slots = slab.Slots;
        for (var i = 0; i < slots.Length; i++)
        {
            if (!slots[i].IsChecked && !slab.Outcomes[i].Ended)
            {
                CheckSchema(slab, i, ref slots[i]);
            }
        }
    }

    /// <summary>The same for one call that has not been checked; what cannot be checked before its tool is listed is left for later.</summary>
    public static void CheckSchema(Slab slab, int index, ref CallSlot slot)
    {
        if (slot.Target is not ServerTool { Description: not null } tool)
        {
            return;
        }

        slot.IsChecked = true;
        if (tool.Schema?.FindMisfit(slot.Arguments) is { } misfit)
        {
            slab.End(index, CallFault.Local(FaultType.SchemaInvalid, Executed.No), misfit);
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
