using System.Text.Json;

namespace Penstock.Jobs.Rows;

/// <summary>A value's place in its line.</summary>
internal readonly record struct Slice(int Start, int Length, JsonTokenType Kind)
{
    public bool IsAbsent => Kind is JsonTokenType.None or JsonTokenType.Null;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line) => line.Slice(Start, Length);

    /// <summary>Takes the value that the reader stands on, and leaves the reader on its last token.</summary>
    public static Slice Take(ref Utf8JsonReader reader)
    {
        var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        reader.Skip();
        return new Slice(start, (int)reader.BytesConsumed - start, kind);
    }
}

/// <summary>The parts of a line that is a call already, as places in the line: short form, long form, or an error record's <c>request</c>.</summary>
internal struct CallLine
{
    /// <summary>Deeper JSON is refused. Servers' own readers end at 64 to 1,000; past 64 the reader allocates.</summary>
    public const int MaxDepth = 512;

    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    public Slice CustomId;
    public Slice Tool;
    public Slice Arguments;
    public Slice TimeoutMs;
    public Slice Method;
    public Slice Server;
    public Slice Name;

    /// <summary>A record whose <c>request</c> is null: its row never was a call.</summary>
    public bool IsRecordWithoutCall;

    /// <summary>The row that such a record keeps.</summary>
    public Slice Input;

    /// <summary>Reads one line.</summary>
    /// <exception cref="JsonException">The line is not one JSON value.</exception>
    public static bool TryRead(ReadOnlySpan<byte> line, out CallLine call)
    {
        call = default;
        var reader = new Utf8JsonReader(line, ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            return false;
        }

        var hasRequest = false;
        CallLine request = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("request"u8))
            {
                reader.Read();
                hasRequest = reader.TokenType == JsonTokenType.StartObject;
                call.IsRecordWithoutCall = !hasRequest;
                if (hasRequest)
                {
                    request = default;
                    request.ReadMembers(ref reader);
                    continue;
                }

                reader.Skip();
            }
            else if (reader.ValueTextEquals("input"u8))
            {
                call.Input = Next(ref reader);
            }
            else
            {
                call.ReadMember(ref reader);
            }
        }

        // Anything after the object is an error, which this read throws.
        reader.Read();
        if (hasRequest)
        {
            request.CustomId = request.CustomId.IsAbsent ? call.CustomId : request.CustomId;
            call = request;
        }

        return true;
    }

    private void ReadMembers(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadMember(ref reader);
        }
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("custom_id"u8))
        {
            CustomId = Next(ref reader);
        }
        else if (reader.ValueTextEquals("tool"u8))
        {
            Tool = Next(ref reader);
        }
        else if (reader.ValueTextEquals("arguments"u8))
        {
            Arguments = Next(ref reader);
        }
        else if (reader.ValueTextEquals("timeout_ms"u8))
        {
            TimeoutMs = Next(ref reader);
        }
        else if (reader.ValueTextEquals("method"u8))
        {
            Method = Next(ref reader);
        }
        else if (reader.ValueTextEquals("server"u8))
        {
            Server = Next(ref reader);
        }
        else if (reader.ValueTextEquals("params"u8))
        {
            ReadParameters(ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private void ReadParameters(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                Name = Next(ref reader);
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                Arguments = Next(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static Slice Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Slice.Take(ref reader);
    }
}
