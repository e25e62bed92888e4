using System.Reflection;
using System.Xml.Linq;
using Penstock.Tests.Architecture;
using Xunit;

namespace Penstock.Tests;

/// <summary>Holds the order of the house: which room knows which, and what lies where. <see cref="RoomRules.Engine"/> is the map.</summary>
public sealed class ArchitectureTests
{
    private const string Dataflow = "System.Threading.Tasks.Dataflow";
    private const int MaxLines = 400;

    private static readonly string[] ForbiddenFolders = ["Common", "Utils", "Helpers", "Internal", "Abstractions", "Core"];
    private static readonly string[] ForbiddenSuffixes = ["Manager", "Handler", "Service", "Processor", "Info", "Base", "Impl", "Helper", "Utils"];

    /// <summary>What each shipped assembly may build on: our own assemblies, then packages of others.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Penstock"] =
        [
            "Polly.Core", "Microsoft.Extensions.ObjectPool", "CommunityToolkit.HighPerformance", "Microsoft.Extensions.Logging.Abstractions",
        ],
        ["Penstock.Jobs"] = ["Penstock", "YamlDotNet", "CsvHelper"],
        ["Penstock.Hosting"] = ["Penstock", "Microsoft.Extensions.Hosting.Abstractions"],
        ["Penstock.Testing"] = ["Penstock"],
        ["Penstock.Cli"] = ["Penstock", "Penstock.Jobs", "Penstock.Testing", "System.CommandLine", "Spectre.Console"],
    };

    private static readonly Assembly Engine = typeof(ToolPipeline).Assembly;
    private static readonly Lazy<IReadOnlyList<TypeUse>> Uses = new(static () => AssemblyReferences.Read(Engine));
    private static readonly Lazy<IReadOnlyList<SourceFile>> Shipped = new(static () => Repository.Sources("src"));
    private static readonly Lazy<Dictionary<string, string>> Rooms = new(static () => Repository.Sources("src/Penstock")
        .SelectMany(static f => f.Types, static (f, t) => (t.FullName, Room: f.Folders.Count > 2 ? f.Folders[2] : RoomRules.Root))
        .DistinctBy(static t => t.FullName)
        .ToDictionary(static t => t.FullName, static t => t.Room, StringComparer.Ordinal));

    [Fact]
    public void Rooms_KnowOnlyTheRoomsBelowThem() => AssertNone(RoomRules.Engine.Violations(Uses.Value, RoomOf));

    [Fact]
    public void Rooms_AllowedUses_HaveNoCycle() => AssertNone(RoomRules.Engine.Cycles());

    [Fact]
    public void Rooms_OfTheSourceTree_AreThoseOfTheTable() =>
        AssertNone(Rooms.Value.Values.Distinct().Where(static r => !RoomRules.Engine.MayUse.ContainsKey(r)).Select(static r => $"room {r} is not in RoomRules"));

    [Fact]
    public void Types_OfTheAssembly_AreFoundInTheSourceTree() =>
        AssertNone(Engine.GetTypes()
            .Where(static t => !t.IsNested && t.Namespace is not null && t.Namespace.Split('.')[0] == "Penstock" && !t.Name.StartsWith('<'))
            .Select(static t => $"{t.Namespace}.{t.Name.Split('`')[0]}")
            .Where(static t => RoomOf(t) is null)
            .Select(static t => $"{t} is declared in no file that this test can read"));

    [Fact]
    public void InternalTypes_LieInTheNamespaceOfTheirRoom() =>
        AssertNone(Repository.Sources("src/Penstock")
            .Where(static f => f.Folders.Count > 2)
            .SelectMany(static f => f.Types, static (f, t) => (File: f, Type: t, Expected: $"Penstock.{f.Folders[2]}"))
            .Where(static t => !t.Type.IsPublic && !IsIn(t.Type.FullName, t.Expected) && !HasPublicType(t.File))
            .Select(static t => $"{t.File.Name}: {t.Type.FullName} belongs in namespace {t.Expected}"));

    [Fact]
    public void Dataflow_IsSeenByStagesOnly() => AssertNone(UsesOf(static t => t.To.StartsWith(Dataflow, StringComparison.Ordinal), "Stages", RoomRules.Root));

    [Fact]
    public void Protocol_IsSynchronousOverSpans() =>
        AssertNone(UsesOf(static t => IsIn(t.To, "System.IO.Pipelines") || t.To == "System.Runtime.CompilerServices.IAsyncStateMachine")
            .Where(static l => l.StartsWith("Protocol.", StringComparison.Ordinal)));

    [Fact]
    public void Memory_KnowsNoTasks() =>
        AssertNone(UsesOf(static t => IsIn(t.To, "System.Threading.Tasks")).Where(static l => l.StartsWith("Memory.", StringComparison.Ordinal)));

    [Fact]
    public void PublicSignatures_MentionNeitherDataflowNorPollyButInAsPropagator()
    {
        var mentions = Engine.GetExportedTypes()
            .SelectMany(static t => t.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .OfType<MethodBase>()
            .Where(static m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly)
            .Where(static m => m.GetParameters().Select(static p => p.ParameterType).Append((m as MethodInfo)?.ReturnType ?? typeof(void)).SelectMany(Parts)
                .Any(static t => t.Namespace is { } space && (IsIn(space, Dataflow) || IsIn(space, "Polly"))))
            .Select(static m => $"{m.DeclaringType!.Name}.{m.Name}");
        AssertNone(mentions.Where(static m => m != $"{nameof(ToolPipeline)}.{nameof(ToolPipeline.AsPropagator)}"));

        static IEnumerable<Type> Parts(Type type) =>
            type.HasElementType ? Parts(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Parts).Append(type);
    }

    [Fact]
    public void Assemblies_ReferenceOnlyWhatTheyMayBuildOn()
    {
        var lines = new List<string>();
        foreach (var path in Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var assembly = Path.GetFileNameWithoutExtension(path);
            var project = XDocument.Load(path);
            var projects = project.Descendants("ProjectReference").Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
            var packages = project.Descendants("PackageReference").Select(static r => r.Attribute("Include")!.Value);
            lines.AddRange(MayReference.TryGetValue(assembly, out var allowed)
                ? projects.Concat(packages).Where(r => !allowed.Contains(r)).Select(r => $"{assembly} references {r}")
                : [$"{assembly} is not in the table of this test"]);
        }

        AssertNone(lines);
    }

    [Fact]
    public void Files_AreShort() =>
        AssertNone(Shipped.Value.Where(static f => f.Lines.Count > MaxLines).Select(static f => $"{f.Name} has {f.Lines.Count} lines; at most {MaxLines}"));

    [Fact]
    public void Files_DeclareTheTypeTheyAreNamedAfter() =>
        AssertNone(Shipped.Value
            .Where(static f => f.Types.Count > 0 && f.Types.All(t => t.Name != f.Stem))
            .Select(static f => $"{f.Name} declares {string.Join(", ", f.Types.Select(static t => t.Name))}, but no {f.Stem}"));

    /// <summary>
    /// A file holds one public type, which it is named after. Its small family may stand beside it: a type that it or another of the family
    /// mentions, or that mentions it (the options inside options, what a method returns, the enum of a property, the delegate over it).
    /// </summary>
    [Fact]
    public void Files_HoldOnePublicTypeAndItsFamily() => AssertNone(Shipped.Value.SelectMany(FileRules.Strangers));

    [Fact]
    public void Folders_AreNamedAfterWhatIsInThem() =>
        AssertNone(Repository.Sources("src", "tests", "perf", "samples")
            .SelectMany(static f => f.Folders, static (f, folder) => (f.Name, folder))
            .Where(static t => ForbiddenFolders.Contains(t.folder))
            .Select(static t => $"{t.Name} lies in a folder named {t.folder}"));

    [Fact]
    public void Types_AreNamedAfterWhatTheyAre() =>
        AssertNone(Repository.Sources("src", "tests", "perf", "samples")
            .SelectMany(static f => f.Types, static (f, t) => (f.Name, Type: t.Name))
            .Where(static t => ForbiddenSuffixes.Any(s => t.Type.EndsWith(s, StringComparison.Ordinal)))
            .Select(static t => $"{t.Name}: {t.Type}"));

    private static string? RoomOf(string type) => Rooms.Value.GetValueOrDefault(type);

    private static bool IsIn(string name, string space) => name == space || name.StartsWith(space + ".", StringComparison.Ordinal);

    private static bool HasPublicType(SourceFile file) => file.Types.Any(static t => t.IsPublic);

    private static IEnumerable<string> UsesOf(Func<TypeUse, bool> match, params string[] exceptIn) => Uses.Value
        .Where(u => match(u) && RoomOf(u.From) is { } room && !exceptIn.Contains(room))
        .Select(static u => $"{RoomOf(u.From)}.{u.From} -> uses {u.To} in {u.Member}");

    private static void AssertNone(IEnumerable<string> lines)
    {
        var text = string.Join('\n', lines.Distinct());
        Assert.True(text.Length == 0, text);
    }
}
