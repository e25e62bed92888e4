namespace Penstock.Jobs;

/// <summary>Where a job's rows come from: exactly one of the first two is set.</summary>
/// <param name="Path">A file; <c>-</c> = standard input.</param>
/// <param name="Range">So many rows, 0 to N-1, with the one column <c>n</c>.</param>
/// <param name="Separator">What stands between the fields of CSV; null = the lines are JSON.</param>
public sealed record JobInput(string? Path, long? Range, char? Separator = null);
