using Penstock.Memory;
using Penstock.Servers;
using Penstock.Tests.Calls;
using Xunit;

namespace Penstock.Tests.Servers;

public sealed class ServerTableTests
{
    private readonly FakeHouse _house = new();
    private readonly ServerTable _table;

    public ServerTableTests() => _table = new ServerTable(_house.Pages, new MemoryAccount(1 << 30));

    [Fact]
    public void TryAdd_NameThatIsTaken_IsRefusedAndChangesNothing()
    {
        var first = Add("geo");
        var version = _table.Version;
        Assert.False(_table.TryAdd(Create("geo")));
        Assert.Equal(version, _table.Version);
        Assert.True(_table.TryGet("geo", out var found));
        Assert.Same(first, found);
        Assert.Single(_table.All);
    }

    [Fact]
    public void Version_EveryChange_Grows()
    {
        var versions = new List<int> { _table.Version };
        var server = Add("a");
        versions.Add(_table.Version);
        Add("b");
        versions.Add(_table.Version);
        Assert.True(_table.TryRemove(server));
        versions.Add(_table.Version);
        Assert.Equal(versions.Distinct().Order(), versions);
        Assert.False(_table.TryRemove(server));
        Assert.Equal(versions[^1], _table.Version);
    }

    [Fact]
    public void All_TakenBeforeAChange_StaysAsItWas()
    {
        var server = Add("a");
        var before = _table.All;
        Add("b");
        _table.TryRemove(server);
        Assert.Equal(["a"], before.Select(static s => s.Name));
        Assert.Equal(["b"], _table.All.Select(static s => s.Name));
    }

    [Fact]
    public void Resolve_ToolOfAServer_IsOneObjectPerName()
    {
        var server = Add("geo");
        server.SetTools([new ToolDescription { Name = "geocode" }, new ToolDescription { Name = "maps/draw" }]);
        var tool = _table.Resolve("geo/geocode");
        Assert.Null(tool.Refusal);
        Assert.Same(tool, _table.Resolve("geo/geocode"));
        Assert.Same(server, Assert.IsType<ServerTool>(tool).Server);
        Assert.Equal("maps/draw", Assert.IsType<ServerTool>(_table.Resolve("geo/maps/draw")).ToolName);
    }

    [Fact]
    public void Resolve_ToolThatIsNotListed_RefusesOnceTheListIsKnown()
    {
        var server = Add("geo");
        var tool = _table.Resolve("geo/later");
        Assert.Null(tool.Refusal);
        server.SetTools([new ToolDescription { Name = "geocode" }]);
        Assert.Equal((FaultType.InvalidParams, "server 'geo' has no tool 'later'; it has: geocode"), (tool.Refusal!.Value.Type, tool.Refusal.Value.Message));
        server.SetTools([new ToolDescription { Name = "geocode" }, new ToolDescription { Name = "later" }]);
        Assert.Null(tool.Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("geo")]
    [InlineData("/geocode")]
    [InlineData("geo/")]
    public void Resolve_NoAddress_RefusesWithTheForm(string address)
    {
        Add("geo");
        var refusal = _table.Resolve(address).Refusal!.Value;
        Assert.Equal((FaultType.InvalidParams, $"'{address}' is not an address; write server/tool"), (refusal.Type, refusal.Message));
    }

    [Fact]
    public void Resolve_NoSuchServer_NamesThoseThereAre()
    {
        Add("geo");
        Add("a");
        Assert.Equal("there is no server 'goe'; the fleet has: a, geo", _table.Resolve("goe/geocode").Refusal!.Value.Message);
    }

    [Fact]
    public async Task Resolve_ToolOfAServerThatWasRemoved_Refuses()
    {
        var server = Add("geo");
        var tool = _table.Resolve("geo/geocode");
        _table.TryRemove(server);
        await server.StopAsync("removed");
        Assert.Equal((FaultType.Cancelled, "server 'geo' was removed"), (tool.Refusal!.Value.Type, tool.Refusal.Value.Message));
        Assert.StartsWith("there is no server 'geo'", _table.Resolve("geo/geocode").Refusal!.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LeasedCells_OfKnownAndUnknown_AreCountedTogether()
    {
        Add("geo");
        var targets = new[] { _table.Resolve("geo/geocode"), _table.Resolve("nowhere") };
        var cells = targets.Select(static t => t.Cells.Lease(100)).ToArray();
        Assert.Equal(2, _table.LeasedCells);
        for (var i = 0; i < cells.Length; i++)
        {
            targets[i].Cells.Return(ref cells[i]);
        }

        Assert.Equal((0, 0), (_table.LeasedCells, _house.Pages.Leased));
    }

    private Server Add(string name)
    {
        var server = Create(name);
        Assert.True(_table.TryAdd(server));
        return server;
    }

    private Server Create(string name) => FakeServers.Create(_house, name, new EchoTransport());
}
