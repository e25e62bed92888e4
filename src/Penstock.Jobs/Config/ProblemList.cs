namespace Penstock.Jobs.Config;

/// <summary>Gathers every problem of a job, so that they are told at once.</summary>
internal sealed class ProblemList
{
    private readonly List<JobProblem> _problems = [];

    public int Count => _problems.Count;

    public IReadOnlyList<JobProblem> All => _problems;

    /// <param name="place"><c>file:line:column</c>.</param>
    /// <param name="path">The key's path.</param>
    /// <param name="message">The problem, a semicolon, the remedy.</param>
    public void Add(string place, string path, string message) => _problems.Add(new JobProblem(place, path, message));

    public void Add(ConfigNode node, string path, string message) => Add(node.Place, path, message);

    /// <summary>Forgets what was added after the list had <paramref name="count"/> problems.</summary>
    public void CutTo(int count) => _problems.RemoveRange(count, _problems.Count - count);
}
