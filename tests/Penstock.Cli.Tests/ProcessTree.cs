using System.Diagnostics;
using System.Text;

namespace Penstock.Cli.Tests;

/// <summary>Looks into <c>/proc</c>: what is alive, and what a test left behind.</summary>
internal static class ProcessTree
{
    public static void Signal(int id, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{id}"])!;
        kill.WaitForExit();
    }

    /// <summary>Processes whose command line holds a mark, zombies not counted.</summary>
    public static List<int> WithMark(string mark)
    {
        var bytes = Encoding.UTF8.GetBytes(mark);
        return [.. All().Where(id => !IsDead(id) && Read(id, "cmdline").AsSpan().IndexOf(bytes) >= 0)];
    }

    /// <summary>Waits until no process has the mark.</summary>
    /// <returns>Those that are alive when the deadline has passed, as text; empty if there are none.</returns>
    public static async Task<string> LeftAsync(string mark, TimeSpan deadline)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        List<int> left;
        while ((left = WithMark(mark)).Count > 0 && TimeProvider.System.GetElapsedTime(started) < deadline)
        {
            await look.WaitForNextTickAsync();
        }

        return string.Join("; ", left.Select(static id => $"{id}: {Encoding.UTF8.GetString(Read(id, "cmdline")).Replace('\0', ' ')}"));
    }

    /// <summary>Waits for as many processes with the mark.</summary>
    public static async Task<List<int>> AppearAsync(string mark, int count)
    {
        using var limit = new CancellationTokenSource(RunningCommand.Limit);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        List<int> found;
        while ((found = WithMark(mark)).Count < count)
        {
            await look.WaitForNextTickAsync(limit.Token);
        }

        return found;
    }

    private static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(static folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
        .Where(static id => id > 0);

    private static bool IsDead(int id)
    {
        var stat = Encoding.UTF8.GetString(Read(id, "stat"));
        return stat.Length == 0 || stat[(stat.LastIndexOf(')') + 2)..][0] is 'Z' or 'X';
    }

    private static byte[] Read(int id, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{id}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
