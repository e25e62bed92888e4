using Penstock.Calls;
using Penstock.Memory;
using Xunit;

namespace Penstock.Tests.Calls;

public sealed class ResultContentsTests
{
    [Fact]
    public void Append_InAResultsPlace_IsCountedUntilRelease()
    {
        var account = new MemoryAccount(1 << 20);
        Outcome[] outcomes = [Outcome.Local(CallFault.Local(FaultType.Timeout, Executed.Maybe), "late"), default];
        (outcomes[1].Offset, outcomes[1].Length) = (2, 3);

        var contents = ResultContents.Take(outcomes, "..abc.."u8, account);
        Assert.Equal("abc"u8, contents.Span.Slice(outcomes[1].Offset, outcomes[1].Length));
        Assert.Equal(contents.Reserved, account.Used);

        var at = contents.Append(new byte[100_000]);
        Assert.Equal(contents.Reserved + 100_000, account.Used);
        Assert.Equal("abc"u8, contents.Span.Slice(outcomes[1].Offset, outcomes[1].Length));
        Assert.Equal(100_000, contents.Span[at..].Length);

        contents.Release();
        Assert.Equal(0, account.Used);
    }
}
