namespace Penstock.Testing;

/// <summary>The mock server as a program.</summary>
public static class MockCommand
{
    private const int Ok = 0;
    private const int Exited = 1;
    private const int Usage = 64;

    /// <summary>
    /// Serves standard input and output, blocking a thread of its own, until the input ends or <paramref name="stop"/> fires. Exit codes:
    /// 0 the input ended, or stopped; 1 the server exited by fault, its last words on <paramref name="stderr"/>; 64 the options are wrong,
    /// every problem on <paramref name="stderr"/>.
    /// </summary>
    public static async Task<int> RunAsync(MockServerOptions options, Stream stdin, Stream stdout, TextWriter stderr, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stderr);
        var problems = options.Validate();
        if (problems.Count > 0)
        {
            foreach (var problem in problems)
            {
                await stderr.WriteLineAsync(problem).ConfigureAwait(false);
            }

            return Usage;
        }

        using var server = new MockServer(options);

        // Reads and writes of the console go through the thread pool, a hop each; a thread that blocks in them has none.
        var serving = Task.Factory.StartNew(
            () => server.RunAsync(new BlockingStream(stdin), new BlockingStream(stdout), stop),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap();
        try
        {
            var end = await serving.WaitAsync(stop).ConfigureAwait(false);
            if (!end.IsProcessExit)
            {
                return Ok;
            }

            await stderr.WriteLineAsync(end.Message).ConfigureAwait(false);
            return Exited;
        }
        catch (OperationCanceledException)
        {
            return Ok;
        }
    }
}
