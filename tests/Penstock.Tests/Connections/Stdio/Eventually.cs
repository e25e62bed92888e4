using Xunit;

namespace Penstock.Tests.Connections.Stdio;

/// <summary>Waits for what only the kernel knows. The limit is for a test that hangs, not for one on a slow machine.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    internal static async Task TrueAsync(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"Not after {Limit}: {what}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
