namespace Penstock.Cli;

/// <summary>What people read when something is wrong: standard error, one line each, <c>penstock: </c> first.</summary>
internal static class Messages
{
    public static void Write(string message) => Console.Error.WriteLine($"penstock: {message}");

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
