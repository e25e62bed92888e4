namespace Penstock.Jobs.Records;

/// <summary>Of each kind of fault the lowest row that ended so, and its message, so that a summary can say why rows failed. One writer at a time.</summary>
internal sealed class FaultExamples
{
    /// <summary>Enough to know what is wrong; the record has it all.</summary>
    private const int LongestMessage = 500;

    private readonly (long Row, string Message)[] _examples = [.. Enum.GetValues<FaultType>().Select(static _ => (long.MaxValue, ""))];

    public void Add(FaultType fault, long row, string message)
    {
        ref var example = ref _examples[(int)fault];
        if (row < example.Row)
        {
            example = (row, message.Length > LongestMessage ? $"{message.AsSpan(0, LongestMessage)}…" : message);
        }
    }

    public (long Row, string Message) Of(FaultType fault) => _examples[(int)fault];
}
