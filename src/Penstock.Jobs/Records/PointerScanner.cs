using System.Buffers;
using System.Globalization;
using System.Text;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Records;

/// <summary>Where a value stands in its JSON. Nothing is as short as a value: a length of 0 means that there is none.</summary>
internal readonly record struct JsonPlace(int Start, int Length)
{
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json.Slice(Start, Length);
}

/// <summary>
/// Finds the values of several pointers in one forward pass over well-formed JSON. Of members with one name the last counts, as everywhere.
/// What no pointer leads through is passed over without being looked at. One thread at a time.
/// </summary>
internal sealed class PointerScanner : IDisposable
{
    private static readonly SearchValues<byte> Brackets = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",]} \t\r\n"u8);

    private readonly Step _root = new("");
    private readonly ByteBuffer _name = new(64);

    public PointerScanner(IReadOnlyList<JsonPointer> pointers)
    {
        for (var i = 0; i < pointers.Count; i++)
        {
            var step = _root;
            foreach (var token in pointers[i].Tokens)
            {
                step = step.To(token);
            }

            step.Pointers.Add(i);
        }
    }

    /// <summary>Looks for them all.</summary>
    /// <param name="json">One JSON value. In what is none, some are not found.</param>
    /// <param name="found">Takes the places, in the order of the pointers.</param>
    public void Find(ReadOnlySpan<byte> json, Span<JsonPlace> found)
    {
        found.Clear();
        Visit(json, SkipSpace(json, 0), _root, found);
    }

    public void Dispose() => _name.Dispose();

    // Here and below: from a place to the place after, or -1 where the JSON is broken. The recursion is as deep as the pointers are.
    private int Visit(ReadOnlySpan<byte> json, int at, Step step, Span<JsonPlace> found)
    {
        var first = (uint)at < (uint)json.Length ? json[at] : default;
        var end = step.Next.Count == 0 || first is not ((byte)'{' or (byte)'[') ? Skip(json, at)
            : first == '{' ? VisitObject(json, at, step, found)
            : VisitArray(json, at, step, found);
        if (end >= 0)
        {
            foreach (var pointer in step.Pointers)
            {
                found[pointer] = new JsonPlace(at, end - at);
            }
        }

        return end;
    }

    private int VisitObject(ReadOnlySpan<byte> json, int at, Step step, Span<JsonPlace> found)
    {
        at = SkipSpace(json, at + 1);
        if (Is(json, at, '}'))
        {
            return at + 1;
        }

        while (Is(json, at, '"'))
        {
            var start = at + 1;
            at = SkipString(json, at);
            if (at < 0)
            {
                return -1;
            }

            var next = Find(step, json[start..(at - 1)]);
            at = SkipSpace(json, at);
            if (!Is(json, at, ':'))
            {
                return -1;
            }

            at = Value(json, SkipSpace(json, at + 1), next, found);
            if (!Is(json, at, ','))
            {
                return Is(json, at, '}') ? at + 1 : -1;
            }

            at = SkipSpace(json, at + 1);
        }

        return -1;
    }

    private int VisitArray(ReadOnlySpan<byte> json, int at, Step step, Span<JsonPlace> found)
    {
        at = SkipSpace(json, at + 1);
        if (Is(json, at, ']'))
        {
            return at + 1;
        }

        for (var index = 0; at >= 0; index++)
        {
            at = Value(json, at, Find(step, index), found);
            if (!Is(json, at, ','))
            {
                return Is(json, at, ']') ? at + 1 : -1;
            }

            at = SkipSpace(json, at + 1);
        }

        return -1;
    }

    /// <summary>A member's value or an item, and the space after it.</summary>
    private int Value(ReadOnlySpan<byte> json, int at, Step? step, Span<JsonPlace> found)
    {
        if (step is null)
        {
            at = Skip(json, at);
        }
        else
        {
            Forget(step, found);
            at = Visit(json, at, step, found);
        }

        return at < 0 ? at : SkipSpace(json, at);
    }

    /// <summary>What an earlier member of the same name held is not there.</summary>
    private static void Forget(Step step, Span<JsonPlace> found)
    {
        foreach (var pointer in step.Pointers)
        {
            found[pointer] = default;
        }

        foreach (var next in step.Next)
        {
            Forget(next, found);
        }
    }

    private Step? Find(Step step, ReadOnlySpan<byte> name)
    {
        if (name.Contains((byte)'\\'))
        {
            _name.Clear();
            JsonString.AppendText(_name, name);
            name = _name.Span;
        }

        foreach (var next in step.Next)
        {
            if (name.SequenceEqual(next.Name))
            {
                return next;
            }
        }

        return null;
    }

    private static Step? Find(Step step, int index)
    {
        foreach (var next in step.Next)
        {
            if (next.Index == index)
            {
                return next;
            }
        }

        return null;
    }

    private static int Skip(ReadOnlySpan<byte> json, int at)
    {
        if ((uint)at >= (uint)json.Length)
        {
            return -1;
        }

        switch (json[at])
        {
            case (byte)'"':
                return SkipString(json, at);
            case (byte)'{' or (byte)'[':
                return SkipNested(json, at);
            default:
                var length = json[at..].IndexOfAny(ScalarEnds);
                return length < 0 ? json.Length : length == 0 ? -1 : at + length;
        }
    }

    private static int SkipNested(ReadOnlySpan<byte> json, int at)
    {
        for (var depth = 0; ;)
        {
            var next = json[at..].IndexOfAny(Brackets);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            switch (json[at])
            {
                case (byte)'"':
                    at = SkipString(json, at);
                    if (at < 0)
                    {
                        return -1;
                    }

                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    at++;
                    break;
                default:
                    depth--;
                    at++;
                    if (depth == 0)
                    {
                        return at;
                    }

                    break;
            }
        }
    }

    /// <summary>From the opening quote.</summary>
    private static int SkipString(ReadOnlySpan<byte> json, int at)
    {
        for (at++; at < json.Length; at += 2)
        {
            var next = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (json[at] == '"')
            {
                return at + 1;
            }
        }

        return -1;
    }

    private static int SkipSpace(ReadOnlySpan<byte> json, int at)
    {
        while ((uint)at < (uint)json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }

    private static bool Is(ReadOnlySpan<byte> json, int at, char wanted) => (uint)at < (uint)json.Length && json[at] == wanted;

    /// <summary>One token of the pointers, and those that follow it.</summary>
    private sealed class Step(string token)
    {
        public byte[] Name { get; } = Encoding.UTF8.GetBytes(token);

        /// <summary>The place in a list that the token names: digits, without zeros in front. -1 = none.</summary>
        public int Index { get; } =
            int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && (token[0] != '0' || token.Length == 1) ? index : -1;

        public List<int> Pointers { get; } = [];

        public List<Step> Next { get; } = [];

        public Step To(string token)
        {
            if (Next.Find(n => n.Name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(token))) is { } known)
            {
                return known;
            }

            var next = new Step(token);
            Next.Add(next);
            return next;
        }
    }
}
