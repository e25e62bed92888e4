namespace Penstock.Testing;

/// <summary>Draws fault scripts for properties. Delays stay below 20 ms and lines below 64 KiB, so that a run stays short.</summary>
internal static class RandomScript
{
    private const int MaxRules = 5;
    private const double MaxShare = 0.1;

    public static FaultScript Make(int seed, int calls)
    {
        var draw = 0L;
        var script = new FaultScript(seed);
        for (var rules = 1 + Below(MaxRules); rules > 0; rules--)
        {
            script = Add(script);
        }

        script = Below(2) == 0 ? script.WithShuffledMembers() : script;
        return Below(3) == 0 ? script.WithSplitWrites(1 + Below(64)) : script;

        int Below(int limit) => SeededChance.Below(limit, seed, ++draw, int.MinValue);

        TimeSpan Millis() => TimeSpan.FromMilliseconds(1 + Below(19));

        FaultScript Add(FaultScript to) => Below(3) switch
        {
            // What ends a connection meets single calls: a share of all calls would be a crash loop.
            0 => to.OnCall(1 + Below(calls), Ending()),
            1 => Below(4) == 0 ? to.OnConnect(1 + Below(3), Connecting()) : to.OnCall(1 + Below(calls), Answering()),
            _ => to.WithProbability(MaxShare * (1 + Below(100)) / 100, Answering()),
        };

        Fault Ending() => Below(4) switch
        {
            0 => Fault.Disconnect,
            1 => Fault.DisconnectUnread,
            2 => Fault.HalfReply,
            _ => Fault.Exit(),
        };

        Fault Connecting() => Below(3) switch
        {
            0 => Fault.RefuseConnect,
            1 => Fault.DieInHandshake,
            _ => Fault.Delay(Millis()),
        };

        Fault Answering() => Below(12) switch
        {
            0 => Fault.Delay(Millis()),
            1 => Fault.Late(Millis()),
            2 => Fault.StallReading(Millis()),
            3 => Fault.StallWriting(Millis()),
            4 => Fault.RpcError(-32603),
            5 => Fault.RpcError(-32602),
            6 => Fault.ToolError(),
            7 => Fault.Garbage,
            8 => Fault.Banner,
            9 => Fault.Duplicate,
            10 => Fault.UnknownId,
            _ => Fault.Oversize(1 + Below(1 << 16)),
        };
    }
}
