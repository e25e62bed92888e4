namespace Penstock.Jobs.Rows;

/// <summary>
/// Cuts blocks into CSV records without a copy or an object per record. A record is borrowed: it ends with the next call. A record that is no
/// CSV costs its own line only: reading goes on with the next one.
/// </summary>
/// <param name="blocks">The bytes; the caller's.</param>
/// <param name="separator">What stands between fields.</param>
/// <param name="maxLength">The longest record, in bytes.</param>
internal sealed class CsvReader(InputBlocks blocks, byte separator = (byte)',', int maxLength = LineReader.MaxLineLength)
{
    private readonly CsvScanner _scanner = new(separator);

    private long _nextLine = 1;

    /// <summary>The line, from 1, on which the record last read starts.</summary>
    public long Line { get; private set; }

    /// <summary>Where the fields of the record last read stand in it.</summary>
    public ReadOnlySpan<CsvField> Fields => _scanner.Fields;

    /// <summary>The next record of what is in memory. Blank lines are none.</summary>
    /// <param name="record">The record without its line break.</param>
    /// <param name="problem">Why it is no record; null if it is one.</param>
    /// <returns>False if more must be read first, or nothing is left.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> record, out string? problem)
    {
        while (!blocks.Rest.IsEmpty)
        {
            var scan = _scanner.Scan(blocks.Rest, blocks.IsAtEnd, out var length);
            if (scan == CsvScan.NeedsMore)
            {
                if (blocks.Rest.Length <= maxLength)
                {
                    break;
                }

                // Most likely a quote that is never closed.
                scan = _scanner.GiveUp(blocks.Rest, out length);
            }

            record = blocks.Take(length);
            Line = _nextLine;
            _nextLine += CountLineBreaks(record.Span);
            record = record[..record.Span.TrimEnd("\r\n"u8).Length];
            if (scan == CsvScan.Blank)
            {
                continue;
            }

            problem = scan switch
            {
                CsvScan.TextAfterQuote => "text follows a closing quote; double the quotes inside a quoted field, and put the whole field in quotes",
                CsvScan.Unclosed => "a quote is opened and never closed; close it, or double it within a quoted field",
                CsvScan.TooLong => $"the row is longer than {maxLength:N0} bytes, or a quote is opened and never closed",
                _ => null,
            };
            return true;
        }

        record = default;
        problem = null;
        return false;
    }

    /// <summary>LF, CR LF, and CR alone, which old spreadsheets write, within quotes too.</summary>
    private static int CountLineBreaks(ReadOnlySpan<byte> record)
    {
        var count = record.Count((byte)'\n');
        for (var at = record.IndexOf((byte)'\r'); at >= 0; at = record.IndexOf((byte)'\r'))
        {
            record = record[(at + 1)..];
            count += record is [(byte)'\n', ..] ? 0 : 1;
        }

        return count;
    }
}
