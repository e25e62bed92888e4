using Penstock;
using Penstock.Connections.Stdio;

// A host that tests start, look at from outside, and kill. What it prints are the answers that its test waits for.
switch (args)
{
    case ["keep", var count]:
        await KeepAsync(int.Parse(count));
        break;
    case ["churn", var count]:
        await ChurnAsync(int.Parse(count));
        break;
}

// Starts servers that start processes themselves, one of them in a session of its own, and that lost the mark themselves; then waits to be killed, or
// for the end of its input.
static async Task KeepAsync(int count)
{
    var servers = new List<int?>();
    for (var i = 0; i < count; i++)
    {
        var stream = await Transport.Stdio("sh", "-c", "sleep 1000 & setsid sleep 1000 & exec env -i cat").ConnectAsync(default);
        servers.Add(stream.ProcessId);
    }

    Console.WriteLine(Keeper.Shared.HostMark);
    Console.WriteLine(Keeper.Shared.ProcessId);
    Console.WriteLine(string.Join(' ', servers));
    Console.ReadLine();
}

// Starts servers, asks each for an echo, stops them, and tells how many threads and descriptors that took. Twice: the first time warms up.
static async Task ChurnAsync(int count)
{
    for (var round = 0; round < 2; round++)
    {
        var fdsBefore = CountEntries("/proc/self/fd");
        var streams = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(StartAsync)));
        var threads = CountEntries("/proc/self/task");
        await Task.WhenAll(streams.Select(stream => stream.DisposeAsync().AsTask()));
        Console.WriteLine($"{fdsBefore} {CountEntries("/proc/self/fd")} {threads}");
    }

    Console.WriteLine(Keeper.Shared.HostMark);
    Console.ReadLine();
}

static async Task<ByteStream> StartAsync()
{
    var stream = await Transport.Stdio("cat").ConnectAsync(default);
    await stream.Pipe.Output.WriteAsync("hello\n"u8.ToArray());
    var result = await stream.Pipe.Input.ReadAtLeastAsync(6);
    stream.Pipe.Input.AdvanceTo(result.Buffer.End);
    return stream;
}

static int CountEntries(string directory) => Directory.EnumerateFileSystemEntries(directory).Count();
