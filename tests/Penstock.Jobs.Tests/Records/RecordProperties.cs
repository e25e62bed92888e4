using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Tests.Records;

public sealed class RecordProperties
{
    [Fact]
    public void AppendString_AnyBytes_ReadsBackAsTheLibraryDecodesThem()
    {
        Prop.ForAll(Gen.Choose(0, 255).Select(static b => (byte)b).ArrayOf().ToArbitrary(), static bytes =>
        {
            using var buffer = new ByteBuffer(16);
            JsonText.AppendString(buffer, bytes);
            return JsonSerializer.Deserialize<string>(buffer.Span) == Encoding.UTF8.GetString(bytes) && !buffer.Span.ContainsAnyInRange((byte)0, (byte)31);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Run_AnyLines_OneValidRecordPerRow()
    {
        // Lines that are calls, lines that nearly are, and noise; broken anywhere.
        var noise = Gen.Choose(0, 255).Where(static b => b != '\n').Select(static b => (byte)b).ArrayOf();
        var call = Gen.Elements(
            """{"tool":"geo/q","arguments":{"a":"\u00e9\n"},"custom_id":"x\"y"}""",
            """{"tool":"geo/q","custom_id":-1.5e3}""",
            """{"custom_id":"n","tool":"geo","arguments":{}}""",
            """{"request":{"tool":"geo/q"}}""").Select(Encoding.UTF8.GetBytes);
        var cut = from line in call from length in Gen.Choose(0, line.Length) select line[..length];

        Prop.ForAll(Gen.OneOf(noise, call, cut).ListOf().ToArbitrary(), static lines =>
        {
            var rows = lines.Count(static l => l.AsSpan().IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') >= 0);
            var (output, errors) = RecordSinkTests.Record(sink =>
            {
                using var toCall = new LineToCall();
                var row = 0;
                foreach (var line in lines.Where(static l => l.AsSpan().IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') >= 0))
                {
                    if (toCall.Make(row, line, out var made) is { } problem)
                    {
                        sink.WriteBadRow(row, toCall.Id, line, problem);
                    }
                    else
                    {
                        var fault = row % 2 == 0 ? default : new CallFault(FaultType.Connection, Executed.No, FaultOrigin.Local, retryable: true);
                        sink.Write(new ToolResult(
                            row, made.Tool, fault, "{\"content\":[]}"u8.ToArray(), made.Tag, made.Arguments, 1, TimeSpan.Zero, TimeSpan.Zero));
                    }

                    row++;
                }
            });
            return IsValid(output) + IsValid(errors) == rows;
        }).QuickCheckThrowOnFailure();
    }

    private static int IsValid(string lines)
    {
        Assert.True(lines.Length == 0 || lines.EndsWith('\n'));
        var records = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var record in records)
        {
            using var document = JsonDocument.Parse(record);
            Assert.True(document.RootElement.GetProperty("meta").GetProperty("row").GetInt64() >= 0);
        }

        return records.Length;
    }
}
