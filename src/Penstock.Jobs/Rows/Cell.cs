namespace Penstock.Jobs.Rows;

/// <summary>How a cell's bytes are to be read.</summary>
internal enum CellKind : byte
{
    /// <summary>The row has no such column.</summary>
    Missing,

    /// <summary>Plain text: a field of CSV.</summary>
    Text,

    /// <summary>A JSON string, quotes included.</summary>
    String,

    /// <summary>Any other JSON value.</summary>
    Json,

    /// <summary>JSON's null.</summary>
    Null,
}

/// <summary>Where a column's value stands in its row.</summary>
internal readonly record struct Cell(int Start, int Length, CellKind Kind);
