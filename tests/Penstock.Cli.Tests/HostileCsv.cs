using System.IO.Compression;
using System.Text;

namespace Penstock.Cli.Tests;

/// <summary>A table, and all that a job makes of it that has the columns <c>id</c> and <c>q</c> in its template.</summary>
/// <param name="Name">As it stands in the guide.</param>
/// <param name="Bytes">The file.</param>
/// <param name="ExitCode">How the run ends.</param>
internal sealed record HostileCsv(string Name, byte[] Bytes, int ExitCode)
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int Input = 65;
    private const int Config = 78;

    public string File { get; init; } = "rows.csv";

    /// <summary>Rows that succeeded, in order, as id=answer.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>How the message of each failed row begins, in order.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>How messages of the command begin.</summary>
    public IReadOnlyList<string> Says { get; init; } = [];

    public static IReadOnlyList<HostileCsv> All { get; } =
    [
        // The file as a whole.
        new("nothing", [], Input) { Says = ["rows.csv is empty: CSV starts with a line that names the columns"] },
        Of("a header and no row", "id,q\n"),
        Of("a header without a line end", "id,q"),
        Of("no line end behind the last row", "id,q\na,1", "a=1"),
        Of("Windows line ends (CRLF)", "id,q\r\na,1\r\nb,2\r\n", "a=1", "b=2"),
        Of("old Mac line ends (lone CR)", "id,q\ra,1\rb,2\r", "a=1", "b=2"),
        Of("blank lines", "id,q\n\na,1\n \n\nb,2\n\n", "a=1", "b=2"),
        Of("a first line `sep=;`", "sep=;\nid;q\na;1\n", "a=1"),
        Of("tabs, in a .tsv", "id\tq\na\t1,5\n", "a=1,5") with { File = "rows.tsv" },
        Of("semicolons, in a .csv", "id;q\na;1\n") with { ExitCode = Config, Says = ["job.yaml:4:27: call.id: the input has no column 'id'; its one column is 'id;q': the separator is probably ';', add 'separator: \";\"' to the input"] },
        new("gzip, in a .gz", Zip("id,q\na,1\n"), Ok) { File = "rows.csv.gz", Answers = ["a=1"] },
        Of("plain text, in a .gz", "id,q\na,1\n", "a=1") with { File = "rows.csv.gz" },
        new("gzip that is cut off", Zip("id,q\na,1\nb,2\n")[..^6], Input) { File = "rows.csv.gz", Answers = ["a=1", "b=2"], Says = ["rows.csv.gz cannot be read: its gzip is broken or cut off"] },
        new("a zip or .xlsx with another name", [.. "PK\u0003\u0004"u8, .. new byte[100]], Input) { Says = ["rows.csv is an archive or a binary table, not text; convert it to CSV or JSON lines"] },

        // Encodings.
        new("UTF-8 with a byte order mark", [.. Encoding.UTF8.Preamble, .. "id,q\na,é\n"u8], Ok) { Answers = ["a=é"] },
        new("UTF-16 with a mark, little-endian", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("id,q\na,é漢😀\n")], Ok) { Answers = ["a=é漢😀"] },
        new("UTF-16 with a mark, big-endian", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("id,q\na,é漢😀\n")], Ok) { Answers = ["a=é漢😀"] },
        new("UTF-16 without a mark", Encoding.Unicode.GetBytes("id,q\na,1\n"), Input) { Says = ["rows.csv is UTF-16 without a byte order mark; convert it with iconv -f UTF-16LE -t UTF-8"] },
        new("Latin-1", Encoding.Latin1.GetBytes("id,q\na,café\nb,2\n"), Failed) { Answers = ["b=2"], Failures = ["line 2: the line is not UTF-8: byte 5 is 0xE9; convert the input, for example with iconv -f WINDOWS-1252 -t UTF-8"] },
        Of("a zero byte in a cell", "id,q\na,x\0y\nb,2\n", "a=x\0y", "b=2"),

        // Quotes.
        Of("line breaks in quotes", "id,q\na,\"x\ny\r\nz\"\nb,2\n", "a=x\ny\r\nz", "b=2"),
        Of("doubled quotes", "id,q\na,\"say \"\"x\"\", y\"\n", "a=say \"x\", y"),
        Of("a quote within an unquoted cell", "id,q\na,5\" pipe\n", "a=5\" pipe"),
        Failing("text behind a closing quote", "id,q\na,\"x\"y\nb,2\n", "line 2: text follows the closing quote of field 2; double the quotes inside a quoted field", "b=2"),
        Failing("a quote that is never closed", "id,q\na,1\nb,\"x\nc,3\n", "line 3: the quote that opens field 2 is never closed; close it, or double it within a quoted field", "a=1", "c=3"),

        // Cells and columns.
        Failing("too few cells", "id,q\na\nb,2\n", "line 2: the row has 1 fields, the header has 2; add what is missing", "b=2"),
        Failing("too many cells", "id,q\na,1,x\nb,2\n", "line 2: the row has 3 fields, the header has 2; put fields that hold the separator in quotes", "b=2"),
        Of("a column name twice", "id,q,q\na,1,2\n") with { ExitCode = Config, Says = ["job.yaml:4:59: call.arguments.message: the input has the column 'q' 2 times; rename all but one"] },
        Of("a column without a name", "id,q,\na,1,2\n", "a=1"),
        Of("a line break in a column's name", "id,q,\"two\nlines\"\na,1,2\n", "a=1"),
        Of("a thousand columns", $"id,{string.Join(',', Enumerable.Range(0, 998))},q\na,{new string(',', 998)}1\n", "a=1"),
        Failing("a cell of 10 MB", $"id,q\na,{new string('x', 10 << 20)}\nb,2\n", "the arguments are 10485774 bytes long; the server takes at most 8388314 (maxRequestBytes)", "b=2"),
        Of("braces, formulas, JSON", "id,q\na,{{q}}\nb,=1+1\nc,\"{\"\"k\"\":1}\"\n", "a={{q}}", "b==1+1", "c={\"k\":1}"),
    ];

    private static HostileCsv Of(string name, string text, params string[] answers) => new(name, Encoding.UTF8.GetBytes(text), Ok) { Answers = answers };

    private static HostileCsv Failing(string name, string text, string failure, params string[] answers) => Of(name, text, answers) with { ExitCode = Failed, Failures = [failure] };

    private static byte[] Zip(string text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return zipped.ToArray();
    }
}
