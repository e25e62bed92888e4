using System.Text;
using System.Text.Json;

namespace Penstock.Testing;

/// <summary>One tool of a mock server: what it is called, what it does, how often it ran.</summary>
internal sealed class MockTool
{
    public static readonly string[] BuiltInNames = ["echo", "add", "sleep", "fail"];

    private static readonly byte[] AnyObject = "{\"type\":\"object\"}"u8.ToArray();

    private long _executed;

    public MockTool(ToolDescription description, Func<JsonElement, MockToolResult> body)
        : this(description, MockToolKind.Own) => Body = body;

    public MockTool(ToolDescription description, Func<JsonElement, CancellationToken, ValueTask<MockToolResult>> body)
        : this(description, MockToolKind.OwnAsync) => AsyncBody = body;

    private MockTool(ToolDescription description, MockToolKind kind)
    {
        Description = description.InputSchema.IsEmpty ? description with { InputSchema = AnyObject } : description;
        Name = description.Name;
        Utf8Name = Encoding.UTF8.GetBytes(description.Name);
        Kind = kind;
    }

    public string Name { get; }

    public byte[] Utf8Name { get; }

    public ToolDescription Description { get; }

    public MockToolKind Kind { get; }

    public Func<JsonElement, MockToolResult>? Body { get; }

    public Func<JsonElement, CancellationToken, ValueTask<MockToolResult>>? AsyncBody { get; }

    public long Executed => Volatile.Read(ref _executed);

    public void CountExecution() => Interlocked.Increment(ref _executed);

    /// <summary>The same tool with a count of its own, so that two servers made of the same options do not share one.</summary>
    public MockTool Copy() => AsyncBody is null ? new MockTool(Description, Body!) : new MockTool(Description, AsyncBody);

    public static MockTool BuiltIn(string name) => name switch
    {
        "echo" => new(
            new ToolDescription
            {
                Name = name,
                Description = "Answers with the message, or with all arguments as JSON.",
                InputSchema = """{"type":"object","properties":{"message":{"type":"string"},"text":{"type":"string"}}}"""u8.ToArray(),
                IsReadOnly = true,
            },
            MockToolKind.Echo),
        "add" => new(
            new ToolDescription
            {
                Name = name,
                Description = "Adds two numbers.",
                InputSchema = """{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}"""u8.ToArray(),
                OutputSchema = """{"type":"object","properties":{"sum":{"type":"number"}},"required":["sum"]}"""u8.ToArray(),
                IsReadOnly = true,
            },
            MockToolKind.Add),
        "sleep" => new(
            new ToolDescription
            {
                Name = name,
                Description = "Answers after some milliseconds.",
                InputSchema = """{"type":"object","properties":{"ms":{"type":"number","minimum":0,"maximum":86400000}},"required":["ms"]}"""u8.ToArray(),
                IsReadOnly = true,
            },
            MockToolKind.Sleep),
        "fail" => new(
            new ToolDescription
            {
                Name = name,
                Description = "Fails: with an error result, a JSON-RPC error, a line of garbage, the server's end, or silence.",
                InputSchema = """
                    {"type":"object","properties":{
                    "kind":{"enum":["tool_error","rpc","garbage","exit","hang"]},
                    "code":{"type":"integer"},
                    "message":{"type":"string"}}}
                    """u8.ToArray(),
            },
            MockToolKind.Fail),
        _ => throw new ArgumentException($"There is no ready-made tool '{name}'.", nameof(name)),
    };
}

/// <summary>What a tool does: one of the ready-made four, or what its owner wrote.</summary>
internal enum MockToolKind
{
    Echo,
    Add,
    Sleep,
    Fail,
    Own,
    OwnAsync,
}
