using System.Text;
using System.Text.Json;
using Penstock.Jobs.Files;
using Penstock.Jobs.Records;
using Penstock.Jobs.Rows;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

/// <summary>Whatever rows and answers hold, the two files hold one line of valid JSON for each row.</summary>
public sealed class RecordSinkProperties
{
    [Fact]
    public void Write_AnyRowsAndFaults_IsOneValidLineForEachRow() => Seeds.Check(400, static random =>
    {
        using var folder = new TempFolder();
        var input = Enumerable.Range(0, random.Next(20)).SelectMany(_ => random.Bytes(12).Append((byte)'\n')).ToArray();
        var sink = Sink(folder);
        var source = new LineSource(new InputBlocks(new MemoryStream(input)), "x", new LineToCall(), (row, id, line, problem) => sink.WriteBadRow(row, id, line, problem), default);
        var calls = 0;
        while (source.MoveNextAsync().AsTask().GetAwaiter().GetResult())
        {
            calls++;
            Write(sink, source.Current, random);
        }

        sink.Flush();
        Assert.Null(sink.Failure);
        Assert.Equal(source.Rows, sink.Read(static t => t.Ok + t.Failed));
        Assert.Equal(source.Rows - calls, sink.Read(static t => t.Bad));
        sink.Dispose();
        source.Close();
        var rows = Records(folder.Of("out")).Concat(Records(folder.Of("err"))).ToList();
        Assert.Equal(Enumerable.Range(0, (int)source.Rows).Select(static i => (long)i), rows.Order());
    });

    [Fact]
    public void WriteBadRow_AnyBytes_KeepsTheTextOfTheInput() => Seeds.Check(1000, static random =>
    {
        using var folder = new TempFolder();
        var input = random.Next(2) == 0 ? random.Bytes(10) : RandomBytes(random);
        using (var sink = Sink(folder))
        {
            sink.WriteBadRow(5, default, input, Encoding.Latin1.GetString(RandomBytes(random)));
            sink.Flush();
        }

        var bytes = File.ReadAllBytes(folder.Of("err"));
        Assert.Equal(bytes.Length - 1, bytes.AsSpan().IndexOf((byte)'\n'));
        using var record = JsonDocument.Parse(bytes);
        Assert.Equal(Encoding.UTF8.GetString(input), record.RootElement.GetProperty("input").GetString());
    });

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static RecordSink Sink(TempFolder folder) => new(
        new RecordFile(File.Create(folder.Of("out"), 1)), new RecordFile(File.Create(folder.Of("err"), 1)), new Secrets(), ["m"]);

    private static void Write(RecordSink sink, ToolCall call, Random random)
    {
        var isPeer = random.Next(2) == 0;
        var fault = random.Next(3) == 0
            ? default
            : new CallFault((FaultType)random.Next(1, 14), (Executed)random.Next(3), isPeer ? FaultOrigin.Peer : FaultOrigin.Local, random.Next(2) == 0);

        // The engine lets only valid objects through as results of calls that succeeded; everything else may be anything.
        var content = fault.Type == FaultType.None
            ? Encoding.UTF8.GetBytes(random.Pick("{}", "{\"content\":[\n]\r\n}", "{\"content\":[{\"type\":\"text\",\"text\":\"ø\\u2028\"}]}"))
            : random.Bytes(8);
        sink.Write(new ToolResult(0, call.Tool, fault, content, call.Tag, call.Arguments, random.Next(4), TimeSpan.FromTicks(random.Next()), TimeSpan.Zero));
    }

    private static IEnumerable<long> Records(string path)
    {
        foreach (var line in File.ReadAllText(path).Split('\n')[..^1])
        {
            using var document = JsonDocument.Parse(line);
            var record = document.RootElement;
            Assert.True(record.GetProperty("response").ValueKind == JsonValueKind.Null ^ record.GetProperty("error").ValueKind == JsonValueKind.Null);
            yield return record.GetProperty("meta").GetProperty("row").GetInt64();
        }
    }
}
