using System.Runtime.CompilerServices;

namespace Penstock.Protocol;

/// <summary>
/// Walks the members of one object, or the items of one array, and proves it well formed as it goes. Between two moves the value that it
/// stands on must be passed: by <see cref="TrySkipValue"/>, or by an inner cursor whose <see cref="Position"/> is handed back.
/// </summary>
internal ref struct JsonCursor
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly int _room;
    private readonly byte _open;
    private bool _isStarted;
    private ByteRange _name;
    private int _position;

    private JsonCursor(ReadOnlySpan<byte> json, int position, int room, byte open)
    {
        _json = json;
        _position = position;
        _room = room;
        _open = open;
    }

    /// <summary>On a member: where its value starts. Once closed: just past the closing bracket.</summary>
    public int Position
    {
        readonly get => _position;
        set => _position = value;
    }

    /// <summary>Whether the closing bracket was reached; if no move succeeds and this is false, the JSON is malformed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The member's raw name.</summary>
    public readonly ReadOnlySpan<byte> Name => _name.Of(_json);

    /// <summary>How many levels the values here may open.</summary>
    public readonly int Room => _room - 1;

    /// <summary>The first byte of the value, which tells its kind.</summary>
    public readonly byte First => (uint)_position < (uint)_json.Length ? _json[_position] : (byte)0;

    /// <param name="json">The bytes that hold the object.</param>
    /// <param name="position">Where it starts, whitespace before it allowed.</param>
    /// <param name="room">How many levels may be opened, the object's own among them.</param>
    public static JsonCursor OverObject(ReadOnlySpan<byte> json, int position, int room) => new(json, position, room, (byte)'{');

    /// <inheritdoc cref="OverObject"/>
    public static JsonCursor OverArray(ReadOnlySpan<byte> json, int position, int room) => new(json, position, room, (byte)'[');

    /// <summary>Moves on to the next value. False at the end (<see cref="IsClosed"/>), or where the JSON is malformed.</summary>
    public bool TryMoveNext()
    {
        _position = JsonScanner.SkipWhitespace(_json, _position);
        if (IsClosed || (uint)_position >= (uint)_json.Length)
        {
            return false;
        }

        var next = _json[_position];
        if (!_isStarted)
        {
            if (next != _open || _room == 0)
            {
                return false;
            }

            _isStarted = true;
            _position++;
            _position = JsonScanner.SkipWhitespace(_json, _position);
            if (First == _open + 2)
            {
                return Close();
            }
        }
        else if (next == ',')
        {
            _position++;
            _position = JsonScanner.SkipWhitespace(_json, _position);
        }
        else
        {
            return next == _open + 2 && Close();
        }

        if (_open == '{')
        {
            if (!JsonScanner.TryReadName(_json, ref _position, out _name))
            {
                return false;
            }

            _position = JsonScanner.SkipWhitespace(_json, _position);
        }

        return true;
    }

    /// <summary>Passes the value that the cursor stands on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySkipValue(out ByteRange value)
    {
        var start = _position;
        var isValid = JsonScanner.TrySkipValue(_json, ref _position, Room);
        value = new ByteRange(start, _position - start);
        return isValid;
    }

    private bool Close()
    {
        _position++;
        IsClosed = true;
        return false;
    }
}
