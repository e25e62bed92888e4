namespace Penstock.Jobs;

/// <summary>Where a job's rows come from: exactly one of the two is set.</summary>
/// <param name="Path">A file of JSON lines, relative to the working directory; <c>-</c> = standard input.</param>
/// <param name="Range">Rows with one column <c>n</c>, from 0 to one less than this.</param>
public sealed record JobInput(string? Path, long? Range);
