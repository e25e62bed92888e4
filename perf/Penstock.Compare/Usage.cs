using System.Globalization;

namespace Penstock.Compare;

/// <summary>What this process used between two moments: time, processor (user + system, of the client alone), heap, memory.</summary>
internal readonly struct Usage
{
    private readonly long _start;
    private readonly TimeSpan _cpu;
    private readonly long _allocated;
    private readonly int _gen0;

    private Usage(long start, TimeSpan cpu, long allocated, int gen0)
    {
        _start = start;
        _cpu = cpu;
        _allocated = allocated;
        _gen0 = gen0;
    }

    public static Usage Start()
    {
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak of memory is counted anew
        return new Usage(Clock.Now, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0));
    }

    public Measurement Stop(ContenderSpec spec, Recorder recorder, double? callsPerSecond)
    {
        var seconds = (Clock.Now - _start) / 1e9;
        var cpu = Environment.CpuUsage.TotalTime - _cpu;
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocated;
        var calls = recorder.Ended;
        return new Measurement
        {
            Scenario = spec.Scenario,
            Contender = spec.Contender,
            InFlight = spec.InFlight,
            Era = spec.Era,
            Calls = calls,
            CallsPerS = Math.Round(callsPerSecond ?? calls / seconds, 1),
            ClientCpuUsPerCall = Math.Round(cpu.TotalMicroseconds / calls, 3),
            AllocBytesPerCall = Math.Round((double)allocated / calls, 2),
            Gen0 = GC.CollectionCount(0) - _gen0,
            P50Us = recorder.Latencies.Quantile(0.5) / 1e3,
            P99Us = recorder.Latencies.Quantile(0.99) / 1e3,
            PeakRssMb = Math.Round(PeakKiB() / 1024.0, 1),
        };
    }

    private static long PeakKiB()
    {
        const string Key = "VmHWM:";
        var line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith(Key, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Key.Length).Trim().TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture);
    }
}
