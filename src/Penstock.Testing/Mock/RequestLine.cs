using System.Text;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>
/// One message, read in one pass over its line. Spans are slices of the line, byte for byte, unless they hold a name with escapes. Members
/// stand in any order and unknown ones are skipped, but the whole line must be well-formed.
/// </summary>
internal ref struct RequestLine
{
    /// <summary>The id's token as it came, quotes included; empty = a notification.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>The method's name; empty = an answer of the client's.</summary>
    public ReadOnlySpan<byte> Method;

    /// <summary><c>params.name</c>.</summary>
    public ReadOnlySpan<byte> ToolName;

    /// <summary><c>params.arguments</c>; empty if absent.</summary>
    public ReadOnlySpan<byte> Arguments;

    /// <summary><c>params.cursor</c>, unescaped; meaningful if <see cref="HasCursor"/>.</summary>
    public ReadOnlySpan<byte> Cursor;

    /// <summary><c>params.requestId</c>'s token as it came.</summary>
    public ReadOnlySpan<byte> RequestId;

    /// <summary><c>params.protocolVersion</c>, as <c>initialize</c> has it.</summary>
    public ReadOnlySpan<byte> AskedVersion;

    /// <summary>The modern era's version in <c>params._meta</c>; empty if absent.</summary>
    public ReadOnlySpan<byte> MetaVersion;

    public bool HasCursor;
    public bool HasCapabilities;
    public bool HasVersion;
    public bool IsAnswer;
    public bool IsValid;

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is not well-formed JSON.</exception>
    /// <returns>The message; <see cref="IsValid"/> is false if it is JSON but no JSON-RPC 2.0 message.</returns>
    public static RequestLine Read(ReadOnlySpan<byte> line)
    {
        RequestLine request = default;
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Finish(ref reader);
            return default;
        }

        var isValid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                isValid &= reader.TokenType is JsonTokenType.Number or JsonTokenType.String;
                request.Id = Token(ref reader, line);
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                reader.Read();
                isValid &= reader.TokenType == JsonTokenType.String;
                request.Method = Text(ref reader, line);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                reader.Read();
                request.ReadParams(ref reader, line);
            }
            else if (reader.ValueTextEquals("jsonrpc"u8))
            {
                reader.Read();
                request.HasVersion = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8);
            }
            else
            {
                request.IsAnswer |= reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8);
                reader.Skip();
            }
        }

        Finish(ref reader);
        request.IsValid = isValid && request.HasVersion && (request.IsAnswer || !request.Method.IsEmpty);
        return request;
    }

    private static void Finish(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    // Text is sliced from the line and not taken from the reader, so that it may outlive the reader.
    private static ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return default;
        }

        return reader.ValueIsEscaped
            ? Encoding.UTF8.GetBytes(reader.GetString()!)
            : line[((int)reader.TokenStartIndex + 1)..((int)reader.BytesConsumed - 1)];
    }

    private static ReadOnlySpan<byte> Token(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return line[start..(int)reader.BytesConsumed];
    }

    private void ReadParams(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                ToolName = Text(ref reader, line);
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                reader.Read();
                Arguments = Token(ref reader, line);
            }
            else if (reader.ValueTextEquals("_meta"u8))
            {
                reader.Read();
                ReadMeta(ref reader, line);
            }
            else if (reader.ValueTextEquals("cursor"u8))
            {
                reader.Read();
                HasCursor = reader.TokenType != JsonTokenType.Null;
                Cursor = Text(ref reader, line);
            }
            else if (reader.ValueTextEquals("requestId"u8))
            {
                reader.Read();
                RequestId = Token(ref reader, line);
            }
            else if (reader.ValueTextEquals("protocolVersion"u8))
            {
                reader.Read();
                AskedVersion = Text(ref reader, line);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadMeta(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("io.modelcontextprotocol/protocolVersion"u8))
            {
                reader.Read();
                MetaVersion = Text(ref reader, line);
            }
            else if (reader.ValueTextEquals("io.modelcontextprotocol/clientCapabilities"u8))
            {
                reader.Read();
                HasCapabilities = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
