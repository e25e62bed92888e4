using System.Text;

namespace Penstock.Compare;

/// <summary>A way to call a tool many times. Lives in a process of its own.</summary>
internal abstract class Contender : IAsyncDisposable
{
    public const string ClientName = "compare";
    public const string ClientVersion = "1.0.0";
    public const string Tool = "echo";

    /// <summary>86 characters, so that the arguments are 100 bytes.</summary>
    public static readonly string Message = "The quick brown fox jumps over the lazy dog while 42 penguins watch from a cold shore.";

    public static readonly byte[] MessageUtf8 = Encoding.UTF8.GetBytes(Message);

    public static readonly byte[] Arguments = Encoding.UTF8.GetBytes($$"""{"message":"{{Message}}"}""");

    /// <summary>Starts the server and makes it ready for calls.</summary>
    public abstract Task StartAsync(CancellationToken stop);

    /// <summary>Makes every call of the source, tells the recorder of each end, and returns when all have ended.</summary>
    /// <exception cref="InvalidDataException">A call failed, or was answered wrongly: such a run is no measurement.</exception>
    public abstract Task RunAsync(CallSource source, Recorder recorder, CancellationToken stop);

    public abstract ValueTask DisposeAsync();
}
