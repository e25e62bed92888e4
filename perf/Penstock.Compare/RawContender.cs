using System.Diagnostics;
using System.IO.Pipes;
using System.Numerics;

namespace Penstock.Compare;

/// <summary>
/// The least client that can be correct, hence the limit: fixed bytes with our id patched in, a window of so many in flight, replies read no
/// further than their id, each id checked to be open. One thread does it all: whatever fits is written, whatever is there is read, and it
/// blocks only when neither is possible. Latencies are from the burst that a call was staged in to the burst that brought its answer.
/// </summary>
internal sealed class RawContender(ContenderSpec spec) : Contender
{
    private const int StageBytes = 64 << 10; // what a pipe holds: more would only wait here, with its clock running
    private readonly RawWire _wire = new(spec.IsModern);
    private readonly int _slotBits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)spec.InFlight));
    private readonly long[] _openId = new long[BitOperations.RoundUpToPowerOf2((uint)spec.InFlight)];
    private readonly long[] _nextId = new long[BitOperations.RoundUpToPowerOf2((uint)spec.InFlight)];
    private readonly long[] _started = new long[BitOperations.RoundUpToPowerOf2((uint)spec.InFlight)];
    private readonly int[] _free = new int[spec.InFlight];
    private readonly byte[] _out = new byte[StageBytes];
    private byte[] _in = new byte[1 << 20];
    private int _inLength;
    private int _freeCount;
    private Process? _process;
    private Descriptors? _pipes;

    public override Task StartAsync(CancellationToken stop)
    {
        _process = Process.Start(new ProcessStartInfo(spec.Server[0], spec.Server.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _pipes = new Descriptors(
            ((PipeStream)_process.StandardOutput.BaseStream).SafePipeHandle, ((PipeStream)_process.StandardInput.BaseStream).SafePipeHandle);
        WriteAll(_wire.Handshake);
        ReadHandshake();
        WriteAll(_wire.AfterHandshake);
        var firstRound = (RawWire.FirstId >> _slotBits) + 1;
        for (var slot = 0; slot < spec.InFlight; slot++)
        {
            _nextId[slot] = (firstRound << _slotBits) + slot;
            _free[_freeCount++] = slot;
        }

        return Task.CompletedTask;
    }

    public override Task RunAsync(CallSource source, Recorder recorder, CancellationToken stop)
    {
        int staged = 0, written = 0;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (written == staged)
            {
                (staged, written) = (Stage(source), 0);
                if (staged == 0 && _freeCount == spec.InFlight)
                {
                    return recorder.Ended == source.Taken
                        ? Task.CompletedTask
                        : throw new InvalidDataException($"{source.Taken} calls, {recorder.Ended} answers.");
                }
            }

            var wrote = written < staged ? _pipes!.Write(_out.AsSpan(written, staged - written)) : 0;
            written += wrote;
            var read = ReadBurst(recorder);
            if (wrote == 0 && read == 0)
            {
                _pipes!.Wait(orForRoom: written < staged);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    /// <summary>Puts as many requests as the window, the source and the buffer allow into the buffer; tells its bytes.</summary>
    private int Stage(CallSource source)
    {
        var length = 0;
        var now = Clock.Now;
        while (_freeCount > 0 && length + _wire.RequestLength <= StageBytes && source.TryTake())
        {
            var slot = _free[--_freeCount];
            var id = _nextId[slot];
            _nextId[slot] = id + (1L << _slotBits);
            _openId[slot] = id;
            _started[slot] = now;
            _wire.WriteRequest(_out.AsSpan(length), id);
            length += _wire.RequestLength;
        }

        return length;
    }

    private int ReadBurst(Recorder recorder)
    {
        if (_inLength == _in.Length)
        {
            Array.Resize(ref _in, _in.Length * 2);
        }

        var read = _pipes!.Read(_in.AsSpan(_inLength));
        if (read == 0)
        {
            return 0;
        }

        var now = Clock.Now;
        var rest = _in.AsSpan(0, _inLength + read);
        int end;
        while ((end = rest.IndexOf((byte)'\n')) >= 0)
        {
            End(RawWire.ReadId(rest[..end]), now, recorder);
            rest = rest[(end + 1)..];
        }

        rest.CopyTo(_in);
        _inLength = rest.Length;
        return read;
    }

    private void End(long id, long now, Recorder recorder)
    {
        if (id == 0)
        {
            return;
        }

        var slot = (int)(id & ((1L << _slotBits) - 1));
        if (_openId[slot] != id)
        {
            throw new InvalidDataException($"Id {id} is not open: answered twice, or never sent.");
        }

        _openId[slot] = 0;
        _free[_freeCount++] = slot;
        recorder.Add(now - _started[slot], now);
    }

    private void WriteAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var n = _pipes!.Write(bytes);
            bytes = bytes[n..];
            if (n == 0)
            {
                _pipes.Wait(orForRoom: true);
            }
        }
    }

    private void ReadHandshake()
    {
        while (true)
        {
            _inLength += _pipes!.Read(_in.AsSpan(_inLength));
            var end = _in.AsSpan(0, _inLength).IndexOf((byte)'\n');
            if (end < 0)
            {
                _pipes.Wait(orForRoom: false);
                continue;
            }

            var isAnswer = RawWire.ReadId(_in.AsSpan(0, end)) == 1;
            _in.AsSpan(end + 1, _inLength - end - 1).CopyTo(_in);
            _inLength -= end + 1;
            if (isAnswer)
            {
                return;
            }
        }
    }
}
