using Penstock.Stages;
using Xunit;

namespace Penstock.Tests.Stages;

public sealed class IntakeGateTests
{
    [Fact]
    public async Task WaitAsync_RoomComesAsItIsAskedFor_IsNeverMissed()
    {
        var gate = new IntakeGate();
        for (var round = 0; round < 2000; round++)
        {
            var hasRoom = 0;
            var waits = gate.WaitAsync(() => Volatile.Read(ref hasRoom) == 1, CancellationToken.None).AsTask();
            var frees = Task.Run(() =>
            {
                Interlocked.Exchange(ref hasRoom, 1);
                gate.Pulse();
            });
            await Task.WhenAll(waits, frees).WaitAsync(TimeSpan.FromMinutes(1));
        }
    }
}
