using System.Reflection;
using Penstock.Jobs;
using Penstock.Tests.Architecture;
using Xunit;

namespace Penstock.Cli.Tests;

/// <summary>Holds the order of the rooms of jobs and of the command, as the engine's own test holds that of the engine: arrows only ever point upwards in these lists.</summary>
public sealed class RoomTests
{
    /// <summary>What lies in the project's own folder is public, but for a few: a job, its servers, its summary. All rooms speak of these.</summary>
    private static readonly RoomRules Jobs = new(new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Bytes"] = [],
        ["Files"] = ["Bytes"],
        ["Rows"] = ["Bytes", "Files"],
        ["Records"] = ["Bytes", "Files", "Rows"],
        ["Config"] = ["Bytes", "Files", "Rows", "Records"],
        ["Running"] = ["Bytes", "Files", "Rows", "Records", "Config"],
        [RoomRules.Root] = ["Bytes", "Files", "Rows", "Records", "Config", "Running"],
    });

    private static readonly RoomRules Command = new(new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Text"] = [],
        ["Streams"] = ["Text"],
        ["Servers"] = ["Text", "Streams"],
        ["Init"] = ["Text", "Servers"],
        ["Summary"] = ["Text", "Streams"],
        ["Progress"] = ["Text", "Streams", "Summary"],
        ["Help"] = ["Servers"],
        ["Verbs"] = ["Text", "Streams", "Servers", "Init", "Summary", "Progress", "Help"],
        [RoomRules.Root] = ["Streams", "Help", "Verbs"],
    });

    public static TheoryData<string> Projects => ["Penstock.Jobs", "Penstock.Cli"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_KnowOnlyTheRoomsBelowThem(string project)
    {
        var (rules, assembly) = Of(project);
        var rooms = Types(project).Where(static t => t.Room != RoomRules.Root || !t.Type.IsPublic).ToDictionary(static t => t.Type.FullName, static t => t.Room, StringComparer.Ordinal);
        Assert.Empty(rules.Violations(AssemblyReferences.Read(assembly), rooms.GetValueOrDefault));
        Assert.Empty(rules.Cycles());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_OfTheSourceTree_AreThoseOfTheTable(string project) =>
        Assert.Equal(Of(project).Rules.MayUse.Keys.Order(StringComparer.Ordinal), Types(project).Select(static t => t.Room).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Types_LieInTheNamespaceOfTheirRoom(string project) =>
        Assert.All(Types(project), t => Assert.Equal(t.Room == RoomRules.Root ? project : $"{project}.{t.Room}", t.Type.FullName[..^(t.Type.Name.Length + 1)]));

    private static (RoomRules Rules, Assembly Assembly) Of(string project) =>
        project == "Penstock.Jobs" ? (Jobs, typeof(Job).Assembly) : (Command, typeof(PenstockCommand).Assembly);

    private static IEnumerable<(DeclaredType Type, string Room)> Types(string project) => Repository.Sources($"src/{project}")
        .SelectMany(static f => f.Types, static (f, t) => (Type: t, Room: f.Folders.Count > 2 ? f.Folders[2] : RoomRules.Root))
        .DistinctBy(static t => t.Type.FullName);
}
