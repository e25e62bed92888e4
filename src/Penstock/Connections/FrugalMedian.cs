namespace Penstock.Connections;

/// <summary>
/// An estimate of a median in one number: each sample moves it a step towards itself, so that it rests where as many lie above as below
/// (Ma, Muthukrishnan and Sandler, "Frugal Streaming for Estimating Quantiles", 2013; their step is 1, ours 1/32 of the estimate, since
/// latencies lie decades apart). One writer.
/// </summary>
internal struct FrugalMedian
{
    private long _value;

    public readonly long Value => Volatile.Read(in _value);

    public void Add(long sample)
    {
        var value = _value;
        var step = (value >> 5) + 1;
        Volatile.Write(ref _value, value == 0 ? sample : sample > value ? value + step : Math.Max(1, value - step));
    }
}
