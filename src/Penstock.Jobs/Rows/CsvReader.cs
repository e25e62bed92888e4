using System.Text;

namespace Penstock.Jobs.Rows;

/// <summary>
/// Cuts blocks into CSV records without a copy or an object per record. A record is borrowed: it ends with the next call. A record that is no
/// CSV costs its own line only: reading goes on with the next one. A first line <c>sep=;</c>, which Excel writes, is no record: it names the
/// separator.
/// </summary>
/// <param name="blocks">The bytes; the caller's.</param>
/// <param name="separator">What stands between fields, unless the first line says it.</param>
/// <param name="maxLength">The longest record, in bytes.</param>
internal sealed class CsvReader(InputBlocks blocks, byte separator = (byte)',', int maxLength = LineReader.MaxLineLength)
{
    /// <summary>The start of a row that is too long goes to its record, so that the row can be recognised.</summary>
    private const int KeptOfTooLong = 1024;

    private CsvScanner _scanner = new(separator);
    private long _nextLine = 1;

    /// <summary>The rest of a line that was told as too long is thrown away as it comes.</summary>
    private bool _isSkipping;

    /// <summary>The line, from 1, on which the record last read starts.</summary>
    public long Line { get; private set; }

    /// <summary>Where the fields of the record last read stand in it.</summary>
    public ReadOnlySpan<CsvField> Fields => _scanner.Fields;

    /// <summary>The next record of what is in memory. Blank lines are none.</summary>
    /// <param name="record">The record without its line break; of one that is too long, its start.</param>
    /// <param name="problem">Why it is no record; null if it is one.</param>
    /// <returns>False if more must be read first, or nothing is left.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> record, out string? problem)
    {
        while (!blocks.Rest.IsEmpty && !(_isSkipping && !TrySkip()))
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
                _isSkipping = blocks.Rest[length - 1] is not ((byte)'\n' or (byte)'\r');
            }

            record = blocks.Take(length);
            Line = _nextLine;
            _nextLine += CountLineBreaks(record.Span);
            record = record[..record.Span.TrimEnd("\r\n"u8).Length];
            if (scan == CsvScan.Blank || (Line == 1 && TakesSeparator(record.Span)))
            {
                continue;
            }

            problem = scan == CsvScan.Record ? null : Tell(scan, record.Span);
            record = scan == CsvScan.TooLong ? record[..Math.Min(KeptOfTooLong, record.Length)] : record;
            return true;
        }

        record = default;
        problem = null;
        return false;
    }

    /// <summary>What was given up ends with the line that opens the quote.</summary>
    private string Tell(CsvScan scan, ReadOnlySpan<byte> record)
    {
        var line = Line + CountLineBreaks(record);
        var place = line == Line ? "" : FormattableString.Invariant($" on line {line}");
        return scan switch
        {
            CsvScan.Unclosed =>
                $"the quote that opens field {_scanner.BrokenField}{place} is never closed; close it, or double it within a quoted field",
            CsvScan.TextAfterQuote when _scanner.ClosesLater =>
                $"the quote that opens field {_scanner.BrokenField}{place} is not closed there, and text follows the next quote; close it, or double it within a quoted field",
            CsvScan.TextAfterQuote =>
                $"text follows the closing quote of field {_scanner.BrokenField}{place}; double the quotes inside a quoted field, and put the whole field in quotes",
            _ => FormattableString.Invariant(
                $"the row is longer than {maxLength:N0} bytes, or a quote is opened and never closed; only its start is kept here"),
        };
    }

    private bool TakesSeparator(ReadOnlySpan<byte> line)
    {
        if (line.Length != 5 || !Ascii.EqualsIgnoreCase(line[..4], "sep="u8) || line[4] is (byte)'"' or >= 0x80)
        {
            return false;
        }

        _scanner = new CsvScanner(line[4]);
        return true;
    }

    /// <summary>False if the line's end is still to come.</summary>
    private bool TrySkip()
    {
        var end = blocks.Rest.IndexOfAny((byte)'\n', (byte)'\r');
        _isSkipping = end < 0;
        blocks.Take(end < 0 ? blocks.Rest.Length : end);
        return !_isSkipping;
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
