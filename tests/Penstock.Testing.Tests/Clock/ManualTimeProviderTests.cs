using Xunit;

namespace Penstock.Testing.Tests.Clock;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Advance_OverSomeTime_MovesAllClocksAlike()
    {
        var clock = new ManualTimeProvider();
        var (start, stamp) = (clock.GetUtcNow(), clock.GetTimestamp());

        clock.Advance(Second * 1.5);

        Assert.Equal(start + (Second * 1.5), clock.GetUtcNow());
        Assert.Equal(Second * 1.5, clock.GetElapsedTime(stamp));
        Assert.Equal(TimeSpan.TicksPerSecond, clock.TimestampFrequency);
    }

    [Fact]
    public void Advance_Backwards_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ManualTimeProvider().Advance(-Second));

    [Fact]
    public void Advance_PastSeveralTimers_FiresThemInDueOrderAtTheirTime()
    {
        var clock = new ManualTimeProvider();
        var start = clock.GetTimestamp();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = Timer(clock, "late", 3 * Second);
        using var early = Timer(clock, "early", Second);
        using var twin = Timer(clock, "twin", Second);
        using var never = Timer(clock, "never", 5 * Second);

        clock.Advance(4 * Second);

        Assert.Equal([("early", Second), ("twin", Second), ("late", 3 * Second)], fired);
        Assert.Equal(1, clock.ActiveTimers);
        Assert.Equal(Second, clock.NextTimer);

        ITimer Timer(ManualTimeProvider on, string name, TimeSpan due) =>
            on.CreateTimer(_ => fired.Add((name, on.GetElapsedTime(start))), null, due, Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void Advance_WithPeriodicTimer_FiresOncePerPeriod()
    {
        var clock = new ManualTimeProvider();
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, Second, Second * 2);

        clock.Advance(6 * Second);

        Assert.Equal(3, fired);
        Assert.Equal(Second, clock.NextTimer);
    }

    [Fact]
    public void Advance_WhenCallbackCreatesAndDisposesTimers_FiresTheNewAndNotTheOld()
    {
        var clock = new ManualTimeProvider();
        var fired = new List<string>();
        var old = clock.CreateTimer(_ => fired.Add("old"), null, 2 * Second, Timeout.InfiniteTimeSpan);
        ITimer? created = null;
        using var first = clock.CreateTimer(
            _ =>
            {
                fired.Add("first");
                old.Dispose();
                created = clock.CreateTimer(_ => fired.Add("created"), null, Second, Timeout.InfiniteTimeSpan);
            },
            null,
            Second,
            Timeout.InfiniteTimeSpan);

        clock.Advance(2 * Second);
        created!.Dispose();

        Assert.Equal(["first", "created"], fired);
        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public void Advance_FromCallback_AddsUp()
    {
        var clock = new ManualTimeProvider();
        var start = clock.GetTimestamp();
        using var timer = clock.CreateTimer(_ => clock.Advance(Second), null, Second, Timeout.InfiniteTimeSpan);

        clock.Advance(2 * Second);

        Assert.Equal(3 * Second, clock.GetElapsedTime(start));
    }

    [Fact]
    public void Change_OfDisposedTimer_ReturnsFalse()
    {
        var clock = new ManualTimeProvider();
        var timer = clock.CreateTimer(_ => { }, null, Second, Second);
        timer.Dispose();

        Assert.False(timer.Change(Second, Second));
        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public void Change_ToInfinite_Disarms()
    {
        var clock = new ManualTimeProvider();
        using var timer = clock.CreateTimer(_ => Assert.Fail("It was disarmed."), null, Second, Second);

        Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        clock.Advance(5 * Second);

        Assert.Null(clock.NextTimer);
    }

    [Fact]
    public async Task CreateTimer_DueAtOnce_FiresWithoutAdvance()
    {
        var clock = new ManualTimeProvider();
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.WaitAsync(RawClient.Patience);
    }

    [Fact]
    public async Task WaitForTimersAsync_UntilDelaysAreArmed_Completes()
    {
        var clock = new ManualTimeProvider();
        var armed = clock.WaitForTimersAsync(2);
        var delays = Task.WhenAll(Task.Delay(Second, clock), Task.Run(() => Task.Delay(2 * Second, clock)));

        await armed.WaitAsync(RawClient.Patience);
        clock.Advance(2 * Second);

        await delays.WaitAsync(RawClient.Patience);
    }

    [Fact]
    public async Task WaitForTimersAsync_WhenStopped_IsCancelled()
    {
        using var stop = new CancellationTokenSource();
        var waiting = new ManualTimeProvider().WaitForTimersAsync(1, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(RawClient.Patience));
    }

    [Fact]
    public async Task Advance_FromManyThreads_LosesNoTimeAndNoTimer()
    {
        const int Threads = 8;
        const int Rounds = 500;
        var clock = new ManualTimeProvider();
        var start = clock.GetTimestamp();
        var fired = 0;

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, Second, Timeout.InfiniteTimeSpan);
                clock.Advance(Second);
            }
        })));
        clock.Advance(Second);

        Assert.Equal(Threads * Rounds, fired);
        Assert.Equal(((Threads * Rounds) + 1) * Second, clock.GetElapsedTime(start));
    }
}
