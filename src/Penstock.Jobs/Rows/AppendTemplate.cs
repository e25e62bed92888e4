using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Rows;

/// <summary>The job file's <c>output.append</c>: the output is the input's columns and, behind them, values of the results.</summary>
/// <param name="Separator">What stands between the fields of a table; null = the output is JSON lines.</param>
/// <param name="Columns">What is appended, in order.</param>
internal sealed record AppendTemplate(byte? Separator, IReadOnlyList<AppendedColumn> Columns);

/// <param name="Name">The column's name.</param>
/// <param name="Pointer">Where its value stands in a result.</param>
internal sealed record AppendedColumn(string Name, JsonPointer Pointer);
