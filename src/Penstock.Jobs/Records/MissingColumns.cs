using System.Globalization;
using System.Text.Json;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Records;

/// <summary>
/// Notes which appended columns were ever found in a result: one that never was is mistyped as a rule. Two additions a row; results are
/// kept only while a column is missing. No locking: <see cref="AppendedRows"/> owns it.
/// </summary>
internal sealed class MissingColumns(IReadOnlyList<AppendedColumn> columns) : IDisposable
{
    /// <summary>As much of a result says what it is made of.</summary>
    private const int MostKept = 16 << 10;

    /// <summary>Of what the last result has, so many places are told, of this depth, and each with so many characters.</summary>
    private const int MostTold = 12;
    private const int Depth = 3;
    private const int LongestTold = 60;

    private readonly bool[] _isFound = new bool[columns.Count];
    private readonly ByteBuffer _last = new(256);
    private int _missing = columns.Count;
    private long _results;

    public void Note(ReadOnlySpan<JsonPlace> places, ReadOnlySpan<byte> result)
    {
        _results++;
        if (_missing == 0)
        {
            return;
        }

        for (var i = 0; i < places.Length; i++)
        {
            if (places[i].Length > 0 && !_isFound[i])
            {
                _isFound[i] = true;
                _missing--;
            }
        }

        _last.Clear();
        if (_missing > 0)
        {
            _last.Append(result[..Math.Min(MostKept, result.Length)]);
        }
    }

    /// <summary>A sentence for each column that is in no result; none if there were no results.</summary>
    public IEnumerable<string> Tell()
    {
        if (_results == 0 || _missing == 0)
        {
            return [];
        }

        var places = PlacesOf(_last.Span);
        var results = _results == 1 ? "the only result" : string.Create(CultureInfo.InvariantCulture, $"none of {_results:N0} results");
        var last = places.Count == 0 ? "" : (_results == 1 ? ", which has: " : "; the last one has: ") + string.Join(", ", places);
        return columns
            .Where((_, i) => !_isFound[i])
            .Select(c => $"column '{c.Name}': {(c.Pointer.Text.Length == 0 ? "the whole" : c.Pointer.Text)} is {(_results == 1 ? "not in " : "in ")}{results}{last}");
    }

    public void Dispose() => _last.Dispose();

    /// <summary>Pointers to what a value is made of; of lists only that they are there.</summary>
    private static List<string> PlacesOf(ReadOnlySpan<byte> json)
    {
        var places = new List<string>();
        var names = new Stack<string>();
        var reader = new Utf8JsonReader(json, isFinalBlock: false, state: default);
        try
        {
            reader.Read();
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject)
                {
                    names.TryPop(out _);
                    continue;
                }

                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    break;
                }

                names.Push(reader.GetString()!.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
                if (!reader.Read())
                {
                    break;
                }

                if (reader.TokenType == JsonTokenType.StartObject && names.Count < Depth)
                {
                    continue;
                }

                if (places.Count == MostTold)
                {
                    places.Add("…");
                    break;
                }

                places.Add(Cut("/" + string.Join('/', names.Reverse())));
                names.Pop();
                if (!reader.TrySkip())
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was found until there is told.
        }

        return places;
    }

    private static string Cut(string text) => text.Length <= LongestTold ? text : text[..LongestTold] + "…";
}
