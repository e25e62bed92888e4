namespace Penstock.Jobs.Records;

/// <summary>
/// Why rows failed, for the summary: of each kind of fault the messages that differ in more than numbers and quoted values, how often each came,
/// and the lowest row that has it. One writer at a time.
/// </summary>
internal sealed class FaultReasons
{
    /// <summary>Reasons of one kind of fault that are told apart: the first that come.</summary>
    private const int MostReasons = 16;

    /// <summary>Enough to know what is wrong; the record has it all.</summary>
    private const int LongestMessage = 500;

    private readonly List<Reason>[] _reasons = [.. Enum.GetValues<FaultType>().Select(static _ => new List<Reason>())];

    public void Add(FaultType fault, long row, string message)
    {
        var reasons = _reasons[(int)fault];
        var shape = ShapeOf(message);
        var reason = reasons.Find(r => r.Shape == shape);
        if (reason is null)
        {
            if (reasons.Count == MostReasons)
            {
                return;
            }

            reasons.Add(reason = new Reason(shape));
        }

        reason.Count++;
        if (row < reason.Row)
        {
            (reason.Row, reason.Message) = (row, message.Length > LongestMessage ? $"{message.AsSpan(0, LongestMessage)}…" : message);
        }
    }

    /// <summary>Takes the counts as written.</summary>
    public void Keep()
    {
        foreach (var reason in All())
        {
            reason.Kept = reason.Count;
        }
    }

    /// <summary>Goes back to the counts that were written.</summary>
    public void Lose()
    {
        foreach (var reason in All())
        {
            reason.Count = reason.Kept;
        }
    }

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<FaultReason> Of(FaultType fault) =>
    [
        .. _reasons[(int)fault].Where(static r => r.Count > 0).OrderByDescending(static r => r.Count).ThenBy(static r => r.Row).Select(static r => new FaultReason(r.Count, r.Row, r.Message)),
    ];

    private IEnumerable<Reason> All() => _reasons.SelectMany(static r => r);

    /// <summary>
    /// A hash (FNV-1a) of the message without digits, their signs and points, and what stands in quotes: messages of one cause differ in these. A
    /// quote after a letter is an apostrophe.
    /// </summary>
    private static ulong ShapeOf(string message)
    {
        var hash = 14695981039346656037UL;
        var quote = '\0';
        for (var i = 0; i < message.Length; i++)
        {
            var c = message[i];
            if (quote != '\0')
            {
                quote = c == quote && (i + 1 == message.Length || !char.IsLetterOrDigit(message[i + 1])) ? '\0' : quote;
                continue;
            }

            if (c is '\'' or '"' && (i == 0 || !char.IsLetterOrDigit(message[i - 1])))
            {
                quote = c;
            }

            if (!char.IsAsciiDigit(c) && !(c is '.' or ',' or '-' && i + 1 < message.Length && char.IsAsciiDigit(message[i + 1])))
            {
                hash = (hash ^ c) * 1099511628211UL;
            }
        }

        return hash;
    }

    private sealed class Reason(ulong shape)
    {
        public ulong Shape { get; } = shape;

        public long Count { get; set; }

        public long Kept { get; set; }

        public long Row { get; set; } = long.MaxValue;

        public string Message { get; set; } = "";
    }
}
