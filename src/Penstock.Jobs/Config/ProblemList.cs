namespace Penstock.Jobs.Config;

/// <summary>Gathers every problem of a job, so that they are told at once.</summary>
internal sealed class ProblemList
{
    private readonly List<JobProblem> _problems = [];

    public int Count => _problems.Count;

    /// <summary>What concerns a file as a whole first, since the rest may follow from it; then in the order of the text, not of finding.</summary>
    public IReadOnlyList<JobProblem> All => [.. _problems.OrderBy(static p => p.Path.Length > 0).ThenBy(static p => Order(p.Place))];

    /// <param name="place"><c>file:line:column</c>.</param>
    /// <param name="path">The key's path.</param>
    /// <param name="message">The problem, a semicolon, the remedy.</param>
    public void Add(string place, string path, string message) => _problems.Add(new JobProblem(place, path, message));

    public void Add(ConfigNode node, string path, string message) => Add(node.Place, path, message);

    private static (string File, int Line, int Column) Order(string place) =>
        place.Split(':') is [.. var file, var line, var column] && int.TryParse(line, out var l) && int.TryParse(column, out var c)
            ? (string.Join(':', file), l, c)
            : (place, 0, 0);
}
