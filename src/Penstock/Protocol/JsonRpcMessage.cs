namespace Penstock.Protocol;

/// <summary>What a message is. One with a method is never a reply, whatever else it holds.</summary>
internal enum MessageKind : byte
{
    Result,
    Error,
    Request,
    Notification,
}

/// <summary>What a result says it is.</summary>
internal enum ResultType : byte
{
    /// <summary>The call is done. Also where nothing is said, as in the legacy era.</summary>
    Complete,

    /// <summary>The server asks something first.</summary>
    InputRequired,

    /// <summary>The call goes on as a task.</summary>
    Task,

    /// <summary>Anything else, and a result that is no object: an invalid reply.</summary>
    Unknown,
}

/// <summary>One message, as places in the line it was read from: nothing is copied.</summary>
internal struct JsonRpcMessage
{
    /// <summary>What the message is.</summary>
    public MessageKind Kind;

    /// <summary>Of a result: what it says it is.</summary>
    public ResultType ResultType;

    /// <summary>Of a result: whether it says that the tool failed.</summary>
    public bool IsError;

    /// <summary>Whether the id is an integer, as ours always are.</summary>
    public bool HasId;

    /// <summary>The id, if <see cref="HasId"/>.</summary>
    public long Id;

    /// <summary>The id as written, quotes included, to be sent back as it is; empty if there is none.</summary>
    public ByteRange RawId;

    /// <summary>The method's raw name, without quotes; compare it by <see cref="JsonText.Matches"/>.</summary>
    public ByteRange Method;

    /// <summary>The value of <c>result</c>, proven well formed; empty if there is none.</summary>
    public ByteRange Result;

    /// <summary>The value of <c>error</c>, proven well formed; empty if there is none.</summary>
    public ByteRange Error;
}
