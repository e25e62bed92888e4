using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Penstock.Jobs.Files;

namespace Penstock.Jobs.Rows;

/// <summary>Reads which rows have a record in a file, by their <c>meta.row</c>, and what they are called there.</summary>
internal static class RowSetFile
{
    /// <exception cref="JobException">The file cannot be read, or has a line that is no record.</exception>
    public static RowSet Read(string path)
    {
        try
        {
            using var blocks = InputFile.Open(path);
            return Read(blocks, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Wrong(JobExitCode.Usage, $"--only {path}: there is no such file; give the errors file of an earlier run");
        }
        catch (Exception e) when (Directory.Exists(path) || e is ArgumentException)
        {
            throw Wrong(JobExitCode.Usage, $"--only {path} is no file; give the errors file of an earlier run");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Wrong(JobExitCode.Input, $"--only {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Looks whether a job may read that file, and not lose it at the same time.</summary>
    /// <exception cref="JobException">It is one of the job's files, or the job's input can be read only once.</exception>
    public static void Check(Job job, string path)
    {
        if (job.Input.Path == Job.Standard)
        {
            throw Wrong(JobExitCode.Usage, "--only means nothing to standard input, whose rows are gone; give the input a path");
        }

        if (JobFiles.UsedAs(job, path) is { } role)
        {
            var remedy = role.Contains("input", StringComparison.Ordinal) || role.Contains("own", StringComparison.Ordinal)
                ? "give the errors file of an earlier run"
                : "give this run an output of its own, for example --set output.path=retry.jsonl";
            throw Wrong(JobExitCode.Usage, $"--only {path} is {role}; {remedy}");
        }
    }

    private static RowSet Read(InputBlocks blocks, string path)
    {
        var rows = new RowSet();
        var lines = new LineReader(blocks);
        var number = 0L;
        bool isMore;
        do
        {
            // What is left at the end is a line, too.
            isMore = blocks.Fill();
            while (lines.TryRead(out var line, out var isTooLong))
            {
                number++;
                if (isTooLong)
                {
                    throw Wrong(JobExitCode.Input, FormattableString.Invariant($"--only {path}:{number}: the line is longer than {LineReader.MaxLineLength:N0} bytes, more than is read here; take it out, and run its row from an input of its own"));
                }

                if (line.Span.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0)
                {
                    continue;
                }

                var (row, problem) = RowOf(line.Span, out var id);
                if (problem is not null)
                {
                    throw Wrong(JobExitCode.Input, FormattableString.Invariant($"--only {path}:{number}: {problem}; give the errors file of an earlier run"));
                }

                rows.Add(row);
                if (!id.IsEmpty && !IsDefault(id, row))
                {
                    rows.AddId(row, id);
                }
            }
        }
        while (isMore);
        return rows;
    }

    /// <summary>Whether that is what a row is called that has no name of its own.</summary>
    private static bool IsDefault(ReadOnlySpan<byte> id, long row)
    {
        Span<byte> name = stackalloc byte[32];
        return Utf8.TryWrite(name, CultureInfo.InvariantCulture, $"\"row-{row}\"", out var length) && id.SequenceEqual(name[..length]);
    }

    private static (long Row, string? Problem) RowOf(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> id)
    {
        id = default;
        try
        {
            var reader = new Utf8JsonReader(record, CallLine.ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return (0, "is no JSON object");
            }

            var row = -1L;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isMeta = reader.ValueTextEquals("meta"u8);
                var isId = reader.ValueTextEquals("custom_id"u8);
                reader.Read();
                if (isId && reader.TokenType is (JsonTokenType.String or JsonTokenType.Number))
                {
                    id = record[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
                }

                if (isMeta && reader.TokenType == JsonTokenType.StartObject)
                {
                    row = RowOf(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            return row is >= 0 and < RowSet.MaxRow ? (row, null) : (0, "has no meta.row that is a row's number");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (0, "is no JSON line");
        }
    }

    /// <summary>From the opening brace of <c>meta</c> to its end; -1 = it names no row.</summary>
    private static long RowOf(ref Utf8JsonReader reader)
    {
        var row = -1L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRow = reader.ValueTextEquals("row"u8);
            reader.Read();
            if (isRow)
            {
                row = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : -1;
            }

            reader.Skip();
        }

        return row;
    }

    private static JobException Wrong(int code, string problem) => new(code, [problem]);
}
