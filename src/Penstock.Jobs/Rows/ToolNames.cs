using System.Diagnostics.CodeAnalysis;

namespace Penstock.Jobs.Rows;

/// <summary>One string for each tool's bytes, so that a row allocates none and the engine sees the same instance again.</summary>
internal sealed class ToolNames
{
    /// <summary>More names than this are no fleet's; they are made anew, and memory does not grow with the rows.</summary>
    private const int Capacity = 4096;

    private readonly Dictionary<byte[], string> _names = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private byte[] _lastBytes = [];
    private string _last = "";

    public ToolNames() => _lookup = _names.GetAlternateLookup<ReadOnlySpan<byte>>();

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(_lastBytes))
        {
            return _last;
        }

        if (_lookup.TryGetValue(utf8, out var bytes, out var name))
        {
            (_lastBytes, _last) = (bytes, name);
            return name;
        }

        name = System.Text.Encoding.UTF8.GetString(utf8);
        if (_names.Count < Capacity)
        {
            _names.Add(utf8.ToArray(), name);
        }

        return name;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
