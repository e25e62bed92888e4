namespace Penstock.Testing;

/// <summary>What a tool of a mock server answers.</summary>
public sealed class MockToolResult
{
    private MockToolResult(MockToolResultKind kind, ReadOnlyMemory<byte> json, string text, int code)
    {
        Kind = kind;
        Json = json;
        Words = text;
        Code = code;
    }

    internal MockToolResultKind Kind { get; }

    internal ReadOnlyMemory<byte> Json { get; }

    internal string Words { get; }

    internal int Code { get; }

    /// <summary>A result with one text block.</summary>
    public static MockToolResult Text(string text) => new(MockToolResultKind.Text, default, NotNull(text), 0);

    /// <summary>A result with structured content, which is repeated as a text block.</summary>
    /// <param name="json">One JSON value in UTF-8; before the modern era only an object is allowed.</param>
    public static MockToolResult Structured(ReadOnlyMemory<byte> json) => new(MockToolResultKind.Structured, json, "", 0);

    /// <summary>The whole <c>result</c> object, sent as it is, but that <c>resultType</c> is added where the era asks for it.</summary>
    /// <param name="json">One JSON object in UTF-8. It is not checked: a broken one is sent broken.</param>
    public static MockToolResult Raw(ReadOnlyMemory<byte> json) => new(MockToolResultKind.Raw, json, "", 0);

    /// <summary>The tool ran and failed: <c>isError</c> with a text block. Throwing from the tool is the same.</summary>
    public static MockToolResult Error(string text) => new(MockToolResultKind.Error, default, NotNull(text), 0);

    /// <summary>A JSON-RPC error in the place of a result.</summary>
    public static MockToolResult RpcError(int code, string message) => new(MockToolResultKind.RpcError, default, NotNull(message), code);

    private static string NotNull(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text;
    }
}

/// <summary>How a tool's answer is written.</summary>
internal enum MockToolResultKind
{
    Text,
    Structured,
    Raw,
    Error,
    RpcError,
}
