using System.Text.Json;

namespace Penstock.Testing;

/// <summary>What every result of a call begins with: the era's <c>resultType</c>, and the padding of an oversize answer.</summary>
internal readonly struct ResultStart(bool isModern, int padding)
{
    /// <summary>Writes the result's opening brace and what comes first; a member must follow.</summary>
    public void Write(ReplyBuffer to)
    {
        to.Write(isModern ? "{\"resultType\":\"complete\","u8 : "{"u8);
        WritePadding(to);
    }

    /// <summary>Writes a result with one text block.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="text">The text as a JSON string, quotes included.</param>
    /// <param name="isError">Whether it says that the tool failed.</param>
    public void WriteText(ReplyBuffer to, ReadOnlySpan<byte> text, bool isError = false)
    {
        BeginText(to);
        to.Write(text);
        EndText(to, isError);
    }

    /// <summary>Writes a result with one text block.</summary>
    public void WriteText(ReplyBuffer to, string text, bool isError = false)
    {
        BeginText(to);
        to.WriteString(text);
        EndText(to, isError);
    }

    /// <summary>Writes a result with one text block that holds JSON.</summary>
    public void WriteJsonAsText(ReplyBuffer to, ReadOnlySpan<byte> json)
    {
        BeginText(to);
        to.Write("\""u8);
        to.WriteQuotedJson(json);
        to.Write("\""u8);
        EndText(to, isError: false);
    }

    /// <summary>Writes a result with structured content, repeated as text.</summary>
    public void WriteStructured(ReplyBuffer to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> json)
    {
        BeginText(to);
        to.Write("\""u8);
        to.WriteQuotedJson(text);
        to.Write("\"}],\"structuredContent\":"u8);
        to.WriteOnOneLine(json);
        to.Write("}"u8);
    }

    /// <summary>Writes a whole result of somebody else's, with our first members put in behind its opening brace.</summary>
    public void WriteRaw(ReplyBuffer to, ReadOnlySpan<byte> json)
    {
        var body = json.TrimStart(" \t\r\n"u8);
        var needsType = isModern && !HasResultType(body);
        if (body.IsEmpty || body[0] != '{' || (!needsType && padding == 0))
        {
            to.WriteOnOneLine(json);
            return;
        }

        to.Write(needsType ? "{\"resultType\":\"complete\","u8 : "{"u8);
        WritePadding(to);
        body = body[1..].TrimStart(" \t\r\n"u8);
        if (body.StartsWith("}"u8))
        {
            to.Truncate(to.Length - 1);
        }

        to.WriteOnOneLine(body);
    }

    private static void EndText(ReplyBuffer to, bool isError) => to.Write(isError ? "}],\"isError\":true}"u8 : "}]}"u8);

    private static bool HasResultType(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("resultType"u8))
                {
                    return true;
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Broken on purpose: it goes out as it is.
            return true;
        }

        return false;
    }

    private void BeginText(ReplyBuffer to)
    {
        Write(to);
        to.Write("\"content\":[{\"type\":\"text\",\"text\":"u8);
    }

    private void WritePadding(ReplyBuffer to)
    {
        if (padding > 0)
        {
            to.Write("\"_meta\":{\"padding\":\""u8);
            to.Fill((byte)'x', padding);
            to.Write("\"},"u8);
        }
    }
}
