using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Running;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>CSV files as users have them, to calls.</summary>
public sealed class CsvSourceTests
{
    private const string Call = "tool: g/a, id: \"{{id}}\", arguments: { q: \"{{street}}, {{city}}\", limit: \"{{n}}\", opt: { deep: \"{{flag}}\" }, all: [\"{{n}}\"], end: 1 }";

    private const string Schema = """
        {"type":"object","required":["limit"],"properties":{"q":{"type":"string"},"limit":{"type":"integer"},
        "opt":{"type":"object","properties":{"deep":{"type":["boolean","null"]}}},"all":{"type":"array","items":{"type":"number"}}}}
        """;

    [Fact]
    public async Task MoveNext_Records_AreCallsOfTheTypesThatTheSchemaAsksFor()
    {
        var (calls, bad) = await ReadAsync("id,street,city,n,flag\n1,\"Main \"\"St\"\"\",Oslo,5,true\n2,Å,,6,\n");

        Assert.Empty(bad);
        Assert.Equal(
            [
                ("\"1\"", """{"q":"Main \"St\", Oslo","limit":5,"opt":{"deep":true},"all":[5],"end":1}"""),
                ("\"2\"", """{"q":"Å, ","limit":6,"opt":{},"all":[6],"end":1}"""),
            ],
            calls);
    }

    [Fact]
    public async Task MoveNext_RowsThatDoNotFit_SayWhyAndTheOthersGoOn()
    {
        var (calls, bad) = await ReadAsync("id,street,city,n,flag\n1,a,b,x,\n2,a,b,,\n3,a,b\n4,a,b,1,maybe\n5,\"a\"b,b,1,\n6,a,b,1,\n");

        Assert.Equal(
            [
                "0: line 2: column 'n': 'x' is not a whole number as JSON writes it (17, -3), which the tool asks of 'limit' <1,a,b,x,>",
                "1: line 3: column 'n' is empty, and the tool requires 'limit', a whole number <2,a,b,,>",
                "2: line 4: the row has 3 fields, the header has 5; add what is missing, and put fields with line breaks in quotes <3,a,b>",
                "3: line 5: column 'flag': 'maybe' is not true or false, which the tool asks of 'opt.deep' <4,a,b,1,maybe>",
                "4: line 6: text follows the closing quote of field 2; double the quotes inside a quoted field, and put the whole field in quotes <5,\"a\"b,b,1,>",
            ],
            bad);
        Assert.Equal("\"6\"", Assert.Single(calls).Id);
    }

    [Fact]
    public async Task MoveNext_SchemaIsNotKnown_CellsAreStrings()
    {
        var (calls, _) = await ReadAsync("id,street,city,n,flag\n1,a,b,5,\n", schema: "");
        Assert.Equal("""{"q":"a, b","limit":"5","opt":{},"all":["5"],"end":1}""", Assert.Single(calls).Arguments);
    }

    [Fact]
    public async Task MoveNext_CellsThatAreNoText_CostTheirRowOnly()
    {
        // Further on than a file is looked at to tell whether it is text.
        var first = new string('a', 5000);
        byte[] bytes = [.. Encoding.UTF8.GetBytes($"id,street,city,n,flag\n1,{first},b,1,\n2,"), 0xFF, 0xE9, .. ",b,1,\n3,a\0b,c,1,\n,,,,\n4,\"x\ny\",b,1,\n5,a,b,bad,\n"u8];

        var (calls, bad) = await ReadAsync(bytes, Schema);

        Assert.Equal(["\"1\"", "\"3\"", "\"4\""], calls.Select(static c => c.Id));
        Assert.Contains("\"a\\u0000b, c\"", calls[1].Arguments, StringComparison.Ordinal);
        Assert.Contains("\"x\\ny, b\"", calls[2].Arguments, StringComparison.Ordinal);
        Assert.Equal(
            [
                "1: line 3: the line is not UTF-8: byte 2 is 0xFF; convert the input, for example with iconv -f WINDOWS-1252 -t UTF-8",
                "3: line 5: column 'n' is empty, and the tool requires 'limit', a whole number",
                "5: line 8: column 'n': 'bad' is not a whole number as JSON writes it (17, -3), which the tool asks of 'limit'",
            ],
            bad.Select(static b => b[..b.IndexOf(" <", StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task MoveNext_EmptyId_IsNone() =>
        Assert.Equal("", Assert.Single((await ReadAsync("id,street,city,n,flag\n,a,b,1,\n")).Calls).Id);

    [Fact]
    public async Task MoveNext_ManyColumnsAndAHeaderLongerThanABlock_AreRead()
    {
        // Names that are used once each, and a thousand that nobody uses, all alike.
        var unused = string.Concat(Enumerable.Repeat("," + new string('x', 300), 1000));
        var (calls, bad) = await ReadAsync($"id{unused},street,city,n,flag\r7{new string(',', 1000)},a,b,1,\r");

        Assert.Empty(bad);
        Assert.Equal("\"7\"", Assert.Single(calls).Id);
    }

    /// <summary>What the server got wrong is not told as the row's mistake.</summary>
    [Fact]
    public async Task MoveNext_SchemaThatIsNoJson_CellsAreStrings() =>
        Assert.Contains("\"limit\":\"5\"", Assert.Single((await ReadAsync("id,street,city,n,flag\n1,a,b,5,\n", schema: "{\"properties\":")).Calls).Arguments, StringComparison.Ordinal);

    [Fact]
    public void Read_JobWithAColumnThatTheFileLacks_NamesPlaceAndNearest()
    {
        using var folder = new TempFolder();
        var rows = folder.Write("rows.csv", "id,street,city,city,ä\n" + "1,a,b,b,c\n");
        var path = folder.Write("job.yaml", $$$"""
            version: 1
            servers: { g: { mock: {} } }
            input: { path: {{{rows}}} }
            output: { path: o }
            call:
              tool: g/a
              arguments:
                q: "in {{steet}}"
                c: "{{city}}"
            """);

        Assert.Equal(
            [
                $"{path}:8:8: call.arguments.q: the input has no column 'steet'; did you mean 'street'? It has: id, street, city, city, ä",
                $"{path}:9:8: call.arguments.c: the input has the column 'city' 2 times; rename all but one",
            ],
            Job.Read(path).Problems.Select(static p => p.ToString()));
    }

    /// <summary>A thousand names would bury the message.</summary>
    [Fact]
    public void WhyUnusable_ManyColumns_ListsSomeOfThem() =>
        Assert.EndsWith(", c18, c19 and 980 more", ColumnNames.WhyUnusable("nothing", [.. Enumerable.Range(0, 1000).Select(static i => $"c{i}")]), StringComparison.Ordinal);

    /// <summary>Whoever feeds a pipe may never end it.</summary>
    [Fact]
    public async Task MoveNext_PipeWithoutTheColumns_EndsAtTheHeader()
    {
        using var folder = new TempFolder();
        var job = Job.Load(folder.Write(
            "job.yaml", $"version: 1\nservers: {{ g: {{ mock: {{}} }} }}\ninput: {{ path: '-', format: csv }}\noutput: {{ path: o }}\ncall: {{ {Call} }}"));
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("id,name\n1,a\n"u8.ToArray());
        var source = JobInputs.Open(job, pipe.Reader.AsStream(), static (_, _, _, _) => { }, default);

        Assert.False(await source.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.StartsWith("standard input has no column 'street'; ", source.Failure, StringComparison.Ordinal);
        source.Close();
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("gzip")]
    public async Task MoveNext_Encodings_AreReadAlike(string encoding)
    {
        const string Text = "id,street,city,n,flag\r\nÅ1,漢,Oslo,5,";
        byte[] bytes = encoding == "gzip"
            ? Zip(Encoding.UTF8.GetBytes(Text))
            : [.. Encoding.GetEncoding(encoding).GetPreamble(), .. Encoding.GetEncoding(encoding).GetBytes(Text)];

        var (calls, bad) = await ReadAsync(bytes, Schema);

        Assert.Empty(bad);
        Assert.Equal(("\"Å1\"", """{"q":"漢, Oslo","limit":5,"opt":{},"all":[5],"end":1}"""), Assert.Single(calls));
    }

    [Theory]
    [InlineData("", "is empty: CSV starts with a line that names the columns")]
    [InlineData("\n\n", "is empty: CSV starts with a line that names the columns")]
    [InlineData("id,street,n,city\n", "has no column 'flag'; it has: id, street, n, city")]
    [InlineData("id,street,n,n,city,flag\n", "has the column 'n' 2 times; rename all but one")]
    [InlineData("id;street;n;city;flag\n", "has no column 'id'; its one column is 'id;street;n;city;flag': the separator is probably ';', add 'separator: \";\"' to the input")]
    [InlineData("id,sreet,n,city,flag\n", "has no column 'street'; did you mean 'sreet'? It has: id, sreet, n, city, flag")]
    [InlineData("\"id\"x\n", "has no header: text follows the closing quote of field 1; double the quotes inside a quoted field, and put the whole field in quotes")]
    [InlineData("\0\0\0", "is not text: it has zero bytes; give CSV or JSON lines")]
    public async Task Open_FileWithoutAUsableHeader_IsRefusedBeforeAnythingStarts(string text, string why)
    {
        var e = await Assert.ThrowsAsync<JobException>(() => ReadAsync(text, checksHeader: false));
        Assert.Equal(why.Contains("has no column", StringComparison.Ordinal) || why.Contains(" times", StringComparison.Ordinal) ? JobExitCode.Config : JobExitCode.Input, e.ExitCode);
        Assert.EndsWith(why, Assert.Single(e.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoveNext_GzipThatIsCutOff_EndsWithAFailure()
    {
        var zipped = Zip(Encoding.UTF8.GetBytes("id,street,city,n,flag\n" + string.Concat(Enumerable.Range(0, 100_000).Select(static i => $"{i},a{i * 7919 % 1000},b,5,\n"))));
        using var folder = new TempFolder();
        var source = Open(folder, zipped[..(zipped.Length / 2)], checksHeader: true, static (_, _, _, _) => { });
        while (await source.MoveNextAsync())
        {
        }

        Assert.InRange(source.Rows, 1, 99_999);
        Assert.Contains("cannot be read", source.Failure, StringComparison.Ordinal);
        source.Close();

        var stopped = Open(folder, zipped[..(zipped.Length / 2)], checksHeader: true, static (_, _, _, _) => { });
        Assert.Null(stopped.CountRest(default));
        stopped.Close();
    }

    private static byte[] Zip(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            zip.Write(bytes);
        }

        return zipped.ToArray();
    }

    private static Task<(List<(string Id, string Arguments)> Calls, List<string> Bad)> ReadAsync(string text, string schema = Schema, bool checksHeader = true) =>
        ReadAsync(Encoding.UTF8.GetBytes(text), schema, checksHeader);

    private static async Task<(List<(string Id, string Arguments)> Calls, List<string> Bad)> ReadAsync(byte[] bytes, string schema, bool checksHeader = true)
    {
        using var folder = new TempFolder();
        var bad = new List<string>();
        var source = Open(folder, bytes, checksHeader, (row, _, input, problem) => bad.Add($"{row}: {problem} <{Encoding.UTF8.GetString(input)}>"));
        source.Bind(new Dictionary<string, ReadOnlyMemory<byte>> { ["g/a"] = Encoding.UTF8.GetBytes(schema) });
        var calls = new List<(string, string)>();
        while (await source.MoveNextAsync())
        {
            var call = source.Current;
            calls.Add((Encoding.UTF8.GetString(new RowTag(call.Tag.Span).Id), Encoding.UTF8.GetString(call.Arguments.Span)));
        }

        Assert.Null(source.Failure);
        Assert.Equal(1, source.Fraction);
        Assert.Equal(0, source.CountRest(default));
        source.Close();
        return (calls, bad);
    }

    /// <param name="folder">Holds the file.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="checksHeader">False: the file is written after the job file was read, which so cannot look at its header.</param>
    /// <param name="bad">Takes bad rows.</param>
    private static RowSource Open(TempFolder folder, byte[] bytes, bool checksHeader, BadRow bad)
    {
        var path = Path.Combine(folder.Path, "rows.data");
        if (checksHeader)
        {
            File.WriteAllBytes(path, bytes);
        }

        var job = Job.Load(folder.Write(
            "job.yaml", $"version: 1\nservers: {{ g: {{ mock: {{}} }} }}\ninput: {{ path: {path}, format: csv }}\noutput: {{ path: o }}\ncall: {{ {Call} }}"));
        File.WriteAllBytes(path, bytes);
        return JobInputs.Open(job, null, bad, default);
    }
}
