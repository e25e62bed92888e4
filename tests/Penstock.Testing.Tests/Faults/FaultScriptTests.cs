using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Penstock.Testing.Tests.Faults;

public sealed class FaultScriptTests
{
    [Fact]
    public void ForCall_WithSeveralRules_TakesTheFirstThatFits()
    {
        var script = new FaultScript(1).OnCall(7, Fault.Disconnect).OnCalls(5, 8, Fault.Garbage).EveryCall(4, Fault.NoReply);

        Assert.Equal(
            [null, null, null, Fault.NoReply, Fault.Garbage, Fault.Garbage, Fault.Disconnect, Fault.Garbage, null],
            Enumerable.Range(1, 9).Select(n => script.ForCall(n)));
        Assert.Null(script.ForConnect(7));
    }

    [Fact]
    public void WithProbability_OverManyCalls_MeetsAboutThatShare()
    {
        var script = new FaultScript(11).WithProbability(0.01, Fault.Banner);

        Assert.InRange(Enumerable.Range(1, 100_000).Count(n => script.ForCall(n) is not null), 800, 1200);
    }

    [Fact]
    public void ToString_OfAScript_IsTheCodeThatMakesIt()
    {
        var script = new FaultScript(42)
            .OnCall(7, Fault.Disconnect)
            .OnCalls(8, 9, Fault.RpcError(-32603, "say \"no\""))
            .EveryCall(10, Fault.Delay(TimeSpan.FromMilliseconds(2)))
            .WithProbability(0.01, Fault.Garbage)
            .OnConnect(2, Fault.RefuseConnect)
            .EveryConnect(Fault.DieOnProbe)
            .WithShuffledMembers()
            .WithSplitWrites(8);

        Assert.Equal(
            """
            new FaultScript(42).OnCall(7, Fault.Disconnect).OnCalls(8, 9, Fault.RpcError(-32603, "say \"no\""))
            .EveryCall(10, Fault.Delay(TimeSpan.FromTicks(20000))).WithProbability(0.01, Fault.Garbage).OnConnect(2, Fault.RefuseConnect)
            .EveryConnect(Fault.DieOnProbe).WithShuffledMembers().WithSplitWrites(8)
            """.ReplaceLineEndings(""),
            script.ToString());
    }

    [Fact]
    public void Builder_WithMisuse_Throws()
    {
        var script = new FaultScript(1);

        Assert.Throws<ArgumentOutOfRangeException>(() => script.OnCall(0, Fault.Garbage));
        Assert.Throws<ArgumentOutOfRangeException>(() => script.WithProbability(1.1, Fault.Garbage));
        Assert.Throws<ArgumentOutOfRangeException>(() => script.WithSplitWrites(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Delay(-TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentException>(() => script.OnCall(1, Fault.RefuseConnect));
        Assert.Throws<ArgumentException>(() => script.OnConnect(1, Fault.Garbage));
    }

    [Fact]
    public void Random_WithTheSameSeed_HasTheSameHistoryInWhateverOrderItIsAsked() =>
        Prop.ForAll<int>(static seed =>
        {
            var (first, second) = (FaultScript.Random(seed), FaultScript.Random(seed));
            var forwards = Enumerable.Range(1, 300).Select(n => first.ForCall(n)?.ToString()).ToArray();
            var backwards = Enumerable.Range(1, 300).Reverse().Select(n => second.ForCall(n)?.ToString()).Reverse().ToArray();
            Assert.Equal(first.ToString(), second.ToString());
            Assert.Equal(forwards, backwards);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_OverManySeeds_MeetsEveryKindOfFault()
    {
        var text = string.Concat(Enumerable.Range(0, 500).Select(static seed => FaultScript.Random(seed).ToString()));

        Assert.All(
            Enum.GetNames<FaultKind>().Except([nameof(Fault.NoReply), nameof(Fault.DieOnProbe)]),
            kind => Assert.Contains($"Fault.{kind}", text, StringComparison.Ordinal));
    }
}
