using System.Buffers;

namespace Penstock.Jobs.Rows;

/// <summary>Where a field's text stands in its record, without the quotes around it.</summary>
/// <param name="Start">From the start of the record.</param>
/// <param name="Length">In bytes.</param>
/// <param name="HasQuotes">Whether quotes inside it are doubled.</param>
internal readonly record struct CsvField(int Start, int Length, bool HasQuotes);

internal enum CsvScan : byte
{
    /// <summary>More bytes are needed to tell where the record ends.</summary>
    NeedsMore,

    /// <summary>A record.</summary>
    Record,

    /// <summary>A line with nothing on it: no record.</summary>
    Blank,

    /// <summary>Text follows a closing quote. The record is given up; what was scanned ends with the line that opens the quote.</summary>
    TextAfterQuote,

    /// <summary>A quote is opened and never closed. The record is given up; what was scanned is the line that opens it.</summary>
    Unclosed,

    /// <summary>The record was given up for its length; what was scanned is its first line.</summary>
    TooLong,
}

/// <summary>
/// Finds the fields of CSV records in UTF-8 (RFC 4180: fields in quotes may hold separators, line breaks and doubled quotes). Beyond the RFC a
/// record may end with LF or CR alone, and a quote within an unquoted field is text. Pure: bytes in, places out; it goes on where it stopped
/// when more bytes of the same record are there, so that a giant field is looked at once.
/// </summary>
/// <param name="separator">What stands between fields.</param>
internal sealed class CsvScanner(byte separator)
{
    private readonly SearchValues<byte> _ends = SearchValues.Create([separator, (byte)'\n', (byte)'\r']);
    private CsvField[] _fields = new CsvField[32];
    private int _count;
    private int _at;
    private int _start;
    private Place _place;
    private bool _hasQuotes;

    private enum Place : byte
    {
        Start,
        Unquoted,
        Quoted,

        /// <summary>After a quote inside quotes: the field's end, or half of a doubled one.</summary>
        AfterQuote,
        Broken,
    }

    /// <summary>The fields of the record last found.</summary>
    public ReadOnlySpan<CsvField> Fields => _fields.AsSpan(0, _count);

    /// <summary>Of a record given up for its quotes: the field that opens the quote, from 1.</summary>
    public int BrokenField { get; private set; }

    /// <summary>Of a record given up for text after a quote: whether the quote was closed on a later line, so that another was meant to be.</summary>
    public bool ClosesLater { get; private set; }

    /// <summary>Looks for the end of the record that starts with the first byte.</summary>
    /// <param name="bytes">What is there; after <see cref="CsvScan.NeedsMore"/> the same bytes again, and more.</param>
    /// <param name="isLast">Whether no more bytes come.</param>
    /// <param name="length">Bytes of the record, its line break included.</param>
    public CsvScan Scan(ReadOnlySpan<byte> bytes, bool isLast, out int length)
    {
        if (_at == 0)
        {
            _count = 0;
        }

        while (true)
        {
            var rest = bytes[_at..];
            switch (_place)
            {
                case Place.Start when rest.IsEmpty && !isLast:
                    length = 0;
                    return CsvScan.NeedsMore;
                case Place.Start when !rest.IsEmpty && rest[0] == '"':
                    _start = ++_at;
                    _place = Place.Quoted;
                    break;
                case Place.Start:
                    _start = _at;
                    _place = Place.Unquoted;
                    break;
                case Place.Unquoted:
                    var end = rest.IndexOfAny(_ends);
                    _at = end < 0 ? bytes.Length : _at + end;
                    if (TryEndField(bytes, _at, isLast, out length, out var scan))
                    {
                        return scan;
                    }

                    break;
                case Place.Quoted:
                    var quote = rest.IndexOf((byte)'"');
                    if (quote < 0)
                    {
                        _at = bytes.Length;
                        return isLast ? GiveUp(CsvScan.Unclosed, EndOfLine(bytes, _start, isLast), out length) : More(out length);
                    }

                    _at += quote + 1;
                    _place = Place.AfterQuote;
                    break;
                case Place.AfterQuote when !rest.IsEmpty && rest[0] == '"':
                    _hasQuotes = true;
                    _at++;
                    _place = Place.Quoted;
                    break;
                case Place.AfterQuote when rest.IsEmpty || _ends.Contains(rest[0]):
                    if (TryEndField(bytes, _at - 1, isLast, out length, out scan))
                    {
                        return scan;
                    }

                    break;
                case Place.AfterQuote:
                    _place = Place.Broken;
                    break;
                default:
                    // Not up to here: where a quote was opened by mistake, the next one may be thousands of good rows away.
                    var line = EndOfLine(bytes, _start, isLast);
                    if (line < 0)
                    {
                        return More(out length);
                    }

                    ClosesLater = _at > line;
                    return GiveUp(CsvScan.TextAfterQuote, line, out length);
            }
        }
    }

    /// <summary>Gives up the record that is being looked at.</summary>
    /// <param name="bytes">What is there.</param>
    /// <param name="length">Bytes of its first line.</param>
    public CsvScan GiveUp(ReadOnlySpan<byte> bytes, out int length) => GiveUp(CsvScan.TooLong, EndOfLine(bytes, 0, isLast: true), out length);

    /// <summary>Ends the field, and perhaps the record, at the byte looked at.</summary>
    private bool TryEndField(ReadOnlySpan<byte> bytes, int end, bool isLast, out int length, out CsvScan scan)
    {
        (length, scan) = (0, CsvScan.NeedsMore);
        var isEnd = _at == bytes.Length;
        if (!isLast && (isEnd || (bytes[_at] == '\r' && _at + 1 == bytes.Length)))
        {
            // Of CR the next byte is needed to know whether the line break ends there.
            return true;
        }

        Add(new CsvField(_start, end - _start, _hasQuotes));
        var isQuoted = _place == Place.AfterQuote;
        _hasQuotes = false;
        _place = Place.Start;
        if (!isEnd && bytes[_at] == separator)
        {
            _at++;
            return false;
        }

        length = isEnd ? _at : bytes[_at] == '\r' && _at + 1 < bytes.Length && bytes[_at + 1] == '\n' ? _at + 2 : _at + 1;
        scan = _count == 1 && !isQuoted && _fields[0].Length == 0 ? CsvScan.Blank : CsvScan.Record;
        _at = 0;
        return true;
    }

    private CsvScan GiveUp(CsvScan why, int end, out int length)
    {
        length = end;
        BrokenField = _count + 1;
        (_at, _count, _place, _hasQuotes) = (0, 0, Place.Start, false);
        return why;
    }

    /// <summary>Where the line ends that holds the byte at <paramref name="from"/>, its line break included; -1 if more bytes are needed to tell.</summary>
    private static int EndOfLine(ReadOnlySpan<byte> bytes, int from, bool isLast)
    {
        var at = bytes[from..].IndexOfAny((byte)'\n', (byte)'\r');
        if (at < 0)
        {
            return isLast ? bytes.Length : -1;
        }

        var end = from + at + 1;
        if (bytes[end - 1] == '\n' || (end == bytes.Length && isLast))
        {
            return end;
        }

        return end == bytes.Length ? -1 : bytes[end] == '\n' ? end + 1 : end;
    }

    private static CsvScan More(out int length)
    {
        length = 0;
        return CsvScan.NeedsMore;
    }

    private void Add(CsvField field)
    {
        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, 2 * _count);
        }

        _fields[_count++] = field;
    }
}
