using System.Diagnostics.CodeAnalysis;
using Penstock.Calls;
using Penstock.Connections;
using Penstock.Memory;

namespace Penstock.Servers;

/// <summary>Who is in the fleet: an immutable snapshot, swapped whole.</summary>
internal sealed class ServerTable(PagePool pages, MemoryAccount requests)
{
    private readonly Lock _gate = new();
    private readonly CellPool _unknownCells = new(pages, requests);
    private readonly List<Server> _leaving = [];
    private volatile Dictionary<string, Server> _servers = new(StringComparer.Ordinal);
    private volatile bool _isClosed;
    private int _version;

    /// <summary>Grows with every change: whoever keeps a resolved target compares it once per slab.</summary>
    public int Version => Volatile.Read(ref _version);

    public IReadOnlyCollection<Server> All => _servers.Values;

    public bool TryGet(string name, [NotNullWhen(true)] out Server? server) => _servers.TryGetValue(name, out server);

    /// <summary>No server comes in any more.</summary>
    public bool IsClosed => _isClosed;

    /// <returns>False if the name is taken, or the table is closed.</returns>
    public bool TryAdd(Server server)
    {
        lock (_gate)
        {
            if (_isClosed || _servers.ContainsKey(server.Name))
            {
                return false;
            }

            _servers = new Dictionary<string, Server>(_servers, StringComparer.Ordinal) { [server.Name] = server };
            Interlocked.Increment(ref _version);
            return true;
        }
    }

    /// <summary>Takes a server out. Until it is <see cref="Forget">forgotten</see> it counts as one that must be stopped.</summary>
    /// <returns>False if it is not, or no longer, in the table.</returns>
    public bool TryRemove(Server server)
    {
        lock (_gate)
        {
            if (!_servers.TryGetValue(server.Name, out var found) || !ReferenceEquals(found, server))
            {
                return false;
            }

            var servers = new Dictionary<string, Server>(_servers, StringComparer.Ordinal);
            servers.Remove(server.Name);
            _leaving.Add(server);
            _servers = servers;
            Interlocked.Increment(ref _version);
            return true;
        }
    }

    /// <summary>A server that was taken out has stopped.</summary>
    public void Forget(Server server)
    {
        lock (_gate)
        {
            _leaving.Remove(server);
        }
    }

    /// <summary>Lets no server in any more.</summary>
    /// <returns>Every server of which something may still run.</returns>
    public IReadOnlyList<Server> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return [.. _servers.Values, .. _leaving];
        }
    }

    /// <summary>Cells out at this moment, of the fleet's servers and of addresses that lead nowhere.</summary>
    public int LeasedCells => _unknownCells.Leased + _servers.Values.Sum(static s => s.Cells.Leased);

    /// <summary>Finds the tool that an address names. Never null: an address that leads nowhere gets a target that refuses.</summary>
    /// <param name="address">Server and tool; null comes from a call that was never made, only defaulted.</param>
    public CallTarget Resolve(string? address)
    {
        if (address is null)
        {
            return Refuse("", "the call names no tool");
        }

        if (!ToolEntry.CanName(address))
        {
            return Refuse(address, "the tool's name is not well-formed text: it holds half a surrogate pair");
        }

        var slash = address.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == address.Length - 1)
        {
            return Refuse(address, $"'{address}' is not an address; write server/tool");
        }

        var servers = _servers;
        return servers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(address.AsSpan(0, slash), out var server)
            ? server.GetTool(address.AsSpan(slash + 1))
            : Refuse(
                address,
                $"there is no server '{address[..slash]}'; the fleet has: {string.Join(", ", servers.Keys.Order(StringComparer.Ordinal).Take(20))}");
    }

    /// <summary>A target for a call that cannot be made.</summary>
    public CallTarget Refuse(string address, string reason) => new UnknownTool(address, reason, _unknownCells);
}
