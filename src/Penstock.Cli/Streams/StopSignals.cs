using System.Runtime.InteropServices;

namespace Penstock.Cli.Streams;

/// <summary>What a signal began.</summary>
internal enum StopStep
{
    /// <summary>No more rows are read; those that were taken are finished.</summary>
    Drain,

    /// <summary>What is in flight is cut off.</summary>
    Abort,
}

internal static class StopStepExtensions
{
    public static string ToMessage(this StopStep step) =>
        step == StopStep.Drain ? "stopping: what is in flight is finished and recorded; once more to abort" : "aborting";
}

/// <summary>Ctrl-C, SIGTERM and the terminal's end (SIGHUP): the first stops the intake, the second aborts, a third is left to the system.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _hangUp;
    private readonly Action<StopStep>? _tell;
    private int _count;

    /// <param name="tell">Tells the user what a signal began; null where the first one ends the command anyway.</param>
    public StopSignals(Action<StopStep>? tell = null)
    {
        _tell = tell;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
    }

    /// <summary>Fires at the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Fires at the second.</summary>
    public CancellationToken Abort => _abort.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _hangUp.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                context.Cancel = true;
                _tell?.Invoke(StopStep.Drain);
                _stop.Cancel();
                break;
            case 2:
                context.Cancel = true;
                _tell?.Invoke(StopStep.Abort);
                _abort.Cancel();
                break;
        }
    }
}
