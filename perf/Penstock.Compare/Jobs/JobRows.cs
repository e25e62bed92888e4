using System.Globalization;

namespace Penstock.Compare.Jobs;

/// <summary>The input of a job, the same for every contender: an id and a message of some 80 characters in each row.</summary>
internal static class JobRows
{
    private const string Text = "the quick brown fox jumps over the lazy dog, then over the \u00e9l\u00e9phant";

    /// <summary>Writes the file.</summary>
    /// <param name="path">Ends with <c>.csv</c> or <c>.jsonl</c>.</param>
    /// <param name="rows">How many.</param>
    public static void Write(string path, long rows)
    {
        using var file = new StreamWriter(path, append: false);
        var isCsv = Path.GetExtension(path) == ".csv";
        if (isCsv)
        {
            file.WriteLine("id,message");
        }

        for (long i = 0; i < rows; i++)
        {
            // The comma makes CSV quote the cell.
            file.WriteLine(isCsv
                ? string.Create(CultureInfo.InvariantCulture, $"row-{i},\"{i} {Text}\"")
                : string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"row-{i}\",\"message\":\"{i} {Text}\"}}"));
        }
    }

    /// <summary>Counts the lines of an output, each of which must be a record with its row's message in the result.</summary>
    /// <exception cref="InvalidDataException">There are more or fewer, or one is not the record of a row that was answered.</exception>
    public static void Check(string path, long rows)
    {
        long count = 0;
        foreach (var line in File.ReadLines(path))
        {
            count++;
            if (!line.Contains("lazy dog", StringComparison.Ordinal) || !line.EndsWith('}'))
            {
                throw new InvalidDataException($"Line {count} of the output is not the record of an answered row: {line}");
            }
        }

        if (count != rows)
        {
            throw new InvalidDataException($"The output has {count} records for {rows} rows.");
        }
    }
}
