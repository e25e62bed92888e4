using System.Text.Json;

namespace Penstock.Jobs.Records;

/// <summary>What a failed call's content is. Not on the path of calls that succeed.</summary>
/// <param name="IsResult">It is a result object, kept in the record.</param>
/// <param name="Code">It is a JSON-RPC error with this code.</param>
internal readonly record struct PeerAnswer(bool IsResult, long? Code)
{
    /// <summary>Looks at the members at depth 1: an error has a number <c>code</c>, everything else that is an object is a result.</summary>
    public static PeerAnswer Read(ReadOnlySpan<byte> content)
    {
        try
        {
            // The whole value is read: what is not JSON must not get into a record as JSON.
            var reader = new Utf8JsonReader(content, Rows.CallLine.ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }

            long? code = null;
            var isResult = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isCode = Is(in reader, "code"u8);
                isResult |= Is(in reader, "content"u8) || Is(in reader, "isError"u8)
                    || Is(in reader, "structuredContent"u8) || Is(in reader, "resultType"u8);
                reader.Read();
                if (isCode && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value))
                {
                    code = value;
                }

                reader.Skip();
            }

            reader.Read();
            return isResult || code is null ? new PeerAnswer(true, null) : new PeerAnswer(false, code);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static bool Is(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair in it: the one way that System.Text.Json tells it.
            return false;
        }
    }
}
