using System.Runtime.InteropServices;

namespace Penstock.Cli;

/// <summary>Ctrl-C, SIGTERM and the terminal's end (SIGHUP): the first stops the intake, the second aborts, a third is left to the system.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _hangUp;
    private readonly bool _isTold;
    private int _count;

    /// <param name="isTold">Whether the user is told what the signals do; where the first one ends the command anyway, they see it.</param>
    public StopSignals(bool isTold = false)
    {
        _isTold = isTold;
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
                Tell("stopping: what is in flight is finished and recorded; once more to abort");
                _stop.Cancel();
                break;
            case 2:
                context.Cancel = true;
                Tell("aborting");
                _abort.Cancel();
                break;
        }
    }

    private void Tell(string message)
    {
        if (_isTold)
        {
            Messages.Write(message);
        }
    }
}
