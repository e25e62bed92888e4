namespace Penstock.Tests;

/// <summary>What code allocates on the heap of the thread that runs it.</summary>
internal static class Allocated
{
    private const int Rounds = 10;

    /// <summary>
    /// Bytes that the quietest of ten rounds allocated. The first rounds grow buffers, and in any of them the runtime may replace code and charge
    /// this thread for it: the quietest round is the code's own.
    /// </summary>
    public static long InQuietestRound(Action round)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
