namespace Penstock.Jobs.Rows;

/// <summary>The job file's <c>call</c>: how a row becomes a call.</summary>
internal sealed record CallTemplate
{
    /// <summary>Names of the columns that the templates use; their place is the column's number.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The tool, if it is the same for every row.</summary>
    public string? Tool { get; init; }

    /// <summary>The tool as a JSON string, if it depends on the row.</summary>
    public JsonTemplate? ToolTemplate { get; init; }

    /// <summary>The row's <c>custom_id</c> as a JSON string; null = <c>row-N</c>.</summary>
    public JsonTemplate? Id { get; init; }

    /// <summary>The arguments; null = none.</summary>
    public JsonTemplate? Arguments { get; init; }

    public TimeSpan? Timeout { get; init; }
}
