using System.Buffers;

namespace Penstock.Protocol;

/// <summary>
/// Watches a line that is too long to be kept, or cannot be read, pass by, and remembers whose reply it was: the integer id of the message itself, not of
/// anything inside it. It keeps a few dozen bytes whatever the line's length, and expects JSON but proves nothing.
/// </summary>
internal sealed class OversizeLine
{
    // "method" with every letter escaped has 36 bytes: what is longer is no name that matters, and no integer either.
    private const int MaxToken = 36;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);

    private readonly byte[] _token = new byte[MaxToken];
    private int _tokenLength;
    private Expected _expected;
    private long _depth;
    private bool _isInString;
    private bool _isEscaped;
    private bool _isCapturing;
    private bool _isIdNext;
    private bool _isMethodNext;
    private long _id;

    private enum Expected : byte
    {
        Message,
        Name,
        Colon,
        Value,
        Comma,
        Nothing,
    }

    /// <summary>Whether an integer id was seen; if the message gives more than one, whether the last is an integer.</summary>
    public bool HasId { get; private set; }

    /// <summary>The id, if <see cref="HasId"/>.</summary>
    public long Id => _id;

    /// <summary>Whether a method was seen: then it is no reply.</summary>
    public bool HasMethod { get; private set; }

    /// <summary>Whether the message has a member <c>jsonrpc</c>, whatever it says: a server's log in JSON has none.</summary>
    public bool IsJsonRpc { get; private set; }

    /// <summary>Starts a new line.</summary>
    public void Reset()
    {
        _tokenLength = 0;
        _expected = Expected.Message;
        _depth = 0;
        _isInString = _isEscaped = _isCapturing = _isIdNext = _isMethodNext = false;
        _id = 0;
        HasId = HasMethod = IsJsonRpc = false;
    }

    /// <summary>Takes the line's next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _expected != Expected.Nothing)
        {
            if (_isInString)
            {
                PassString(ref bytes);
                continue;
            }

            if (_depth > 1)
            {
                var next = bytes.IndexOfAny(Structure);
                if (next < 0)
                {
                    return;
                }

                bytes = bytes[next..];
            }

            PassOutsideString(bytes[0]);
            bytes = bytes[1..];
        }
    }

    private void PassString(ref ReadOnlySpan<byte> bytes)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
            Capture(bytes[..1]);
            bytes = bytes[1..];
            return;
        }

        var stop = bytes.IndexOfAny((byte)'"', (byte)'\\');
        if (stop < 0)
        {
            Capture(bytes);
            bytes = default;
            return;
        }

        Capture(bytes[..stop]);
        if (bytes[stop] == '"')
        {
            EndString();
        }
        else
        {
            _isEscaped = true;
            Capture("\\"u8);
        }

        bytes = bytes[(stop + 1)..];
    }

    private void EndString()
    {
        _isInString = false;
        if (!_isCapturing)
        {
            return;
        }

        _isCapturing = false;
        _expected = Expected.Colon;
        var name = _token.AsSpan(0, Math.Min(_tokenLength, MaxToken));
        _isIdNext = _tokenLength <= MaxToken && JsonText.Matches(name, "id"u8);
        _isMethodNext = _tokenLength <= MaxToken && JsonText.Matches(name, "method"u8);
        IsJsonRpc |= _tokenLength <= MaxToken && JsonText.Matches(name, "jsonrpc"u8);
    }

    private void PassOutsideString(byte next)
    {
        switch (next)
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                EndNumber();
                break;

            case (byte)'"':
                StartValue(next);
                _isInString = true;
                if (_depth == 1 && _expected == Expected.Name)
                {
                    StartCapture();
                }

                break;

            case (byte)'{' or (byte)'[':
                StartValue(next);
                _depth++;
                if (_expected == Expected.Message)
                {
                    _expected = next == '{' ? Expected.Name : Expected.Nothing;
                }

                break;

            case (byte)'}' or (byte)']':
                EndNumber();
                if (--_depth <= 0)
                {
                    _expected = Expected.Nothing;
                }

                break;

            case (byte)':' when _expected == Expected.Colon:
                _expected = Expected.Value;
                break;

            case (byte)',' when _depth == 1:
                EndNumber();
                _expected = Expected.Name;
                break;

            default:
                StartValue(next);
                Capture([next]);
                break;
        }
    }

    // Only the message's own members matter: deeper, nothing but brackets and strings is looked at.
    private void StartValue(byte first)
    {
        if (_expected == Expected.Message && first != '{')
        {
            _expected = Expected.Nothing;
        }

        if (_expected != Expected.Value)
        {
            return;
        }

        _expected = Expected.Comma;
        if (_isMethodNext)
        {
            HasMethod = first == '"';
        }
        else if (_isIdNext)
        {
            HasId = false;
            if (first == '-' || char.IsAsciiDigit((char)first))
            {
                StartCapture();
            }
        }
    }

    private void StartCapture()
    {
        _isCapturing = true;
        _tokenLength = 0;
    }

    private void Capture(ReadOnlySpan<byte> bytes)
    {
        if (!_isCapturing || _tokenLength > MaxToken)
        {
            return;
        }

        if (bytes.Length > MaxToken - _tokenLength)
        {
            _tokenLength = MaxToken + 1;
            return;
        }

        bytes.CopyTo(_token.AsSpan(_tokenLength));
        _tokenLength += bytes.Length;
    }

    private void EndNumber()
    {
        if (_isCapturing)
        {
            _isCapturing = false;
            HasId = _tokenLength <= MaxToken && JsonText.TryReadInteger(_token.AsSpan(0, _tokenLength), out _id);
        }
    }
}
