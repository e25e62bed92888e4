namespace Penstock.Tests.Architecture;

/// <summary>What each room may use, and the check of an assembly against it. Pure: tables and uses come in, lines of complaint come out.</summary>
/// <param name="MayUse">For every room, the rooms below it that it knows, or of which it knows one type: <c>Room.Type</c>.</param>
internal sealed record RoomRules(IReadOnlyDictionary<string, string[]> MayUse)
{
    /// <summary>The room of the files that lie in the project's own folder.</summary>
    public const string Root = "root";

    /// <summary>
    /// The rooms of the engine, lowest first. What goes beyond the first plan of the house stands with its reason; arrows only ever point
    /// upwards in this list.
    /// </summary>
    public static RoomRules Engine { get; } = new(new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Memory"] = [],
        ["Scheduling"] = [],
        ["Calls"] = ["Memory"],
        ["Telemetry"] = ["Calls"],
        ["Resilience"] = ["Calls", "Telemetry"],
        ["Protocol"] = ["Memory", "Calls"],
        ["Connections"] = ["Memory", "Scheduling", "Calls", "Telemetry", "Protocol"],

        // Memory: the pages of its calls belong to one server, which frees them when it goes. The era is a setting of a server, and
        // the only word of the protocol that it needs.
        ["Servers"] = ["Memory", "Calls", "Telemetry", "Resilience", "Protocol.ProtocolEra", "Connections"],
        ["Stages"] = ["Memory", "Scheduling", "Calls", "Telemetry", "Resilience", "Protocol", "Connections", "Servers"],
        [Root] = ["Memory", "Scheduling", "Calls", "Telemetry", "Resilience", "Protocol", "Connections", "Servers", "Stages"],
    });

    /// <summary>Finds every use that the table does not allow.</summary>
    /// <param name="uses">The uses.</param>
    /// <param name="roomOf">The room of a type; null for types of no room, which may be used by all.</param>
    /// <returns>One line for each.</returns>
    public IReadOnlyList<string> Violations(IEnumerable<TypeUse> uses, Func<string, string?> roomOf)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            if (roomOf(use.From) is { } from && roomOf(use.To) is { } to && from != to && !IsAllowed(from, to, Bare(use.To)))
            {
                lines.Add($"{from}.{Bare(use.From)} -> uses {to}.{Bare(use.To)} in {use.Member}");
            }
        }

        return [.. lines];
    }

    /// <summary>Rooms that know each other, directly or by way of others; empty if the table is a house of floors.</summary>
    public IReadOnlyList<string> Cycles()
    {
        var open = new SortedSet<string>(MayUse.Keys, StringComparer.Ordinal);
        while (open.RemoveWhere(room => !MayUse[room].Any(used => open.Contains(used.Split('.')[0]))) > 0)
        {
        }

        return [.. open];
    }

    private bool IsAllowed(string from, string to, string type) =>
        MayUse.TryGetValue(from, out var allowed) && (allowed.Contains(to) || allowed.Contains($"{to}.{type}"));

    private static string Bare(string fullName) => fullName[(fullName.LastIndexOf('.') + 1)..];
}
