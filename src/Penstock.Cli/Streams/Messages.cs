using Penstock.Cli.Text;

namespace Penstock.Cli.Streams;

/// <summary>
/// What people read when something is wrong: standard error, <c>penstock: </c> first; further lines of others' words are set in. Nothing leaves
/// here that is a secret of the file at hand, or that a terminal would obey.
/// </summary>
internal static class Messages
{
    private static volatile Func<string, string> _redact = static text => text;

    /// <summary>From now on what the file keeps secret is hidden.</summary>
    public static void Hide(Func<string, string> redact) => _redact = redact;

    public static void Write(string message) => Console.Error.WriteLine($"penstock: {TerminalText.Message(_redact(message))}");

    public static int Fail(int exitCode, string message)
    {
        Write(message);
        return exitCode;
    }

    public static int Fail(int exitCode, IEnumerable<string> messages)
    {
        foreach (var message in messages)
        {
            Write(message);
        }

        return exitCode;
    }
}
