using System.Text;
using Penstock.Jobs.Rows;
using Penstock.Jobs.Running;
using Penstock.Tests;
using Xunit;

namespace Penstock.Jobs.Tests.Rows;

/// <summary>Rows become calls without a byte on the heap: the budget is 0, in every build.</summary>
public sealed class RowAllocationTests
{
    [Fact]
    public void Make_CallLine_AllocatesNothing()
    {
        using var toCall = new LineToCall();
        Assert.Equal(0, AllocatedBy(toCall, """{"custom_id":"row-1","tool":"geo/geocode","arguments":{"q":"Oslo"},"timeout_ms":5}"""));
    }

    [Fact]
    public void Make_Template_AllocatesNothing()
    {
        using var folder = new TempFolder();
        var job = Job.Load(folder.Write("job.yaml", """
            version: 1
            servers: { geo: { mock: {} } }
            input: { path: rows.jsonl }
            call: { tool: "geo/{{tool}}", id: "{{id}}", arguments: { q: "{{street}}, {{city}}", n: "{{id}}" } }
            output: { path: out.jsonl }
            """));
        using var toCall = new TemplateToCall(job.Call!, new JsonCells(job.Call!.Columns));

        Assert.Equal(0, AllocatedBy(toCall, """{"id":7,"tool":"geocode","street":"Storgata \"1\"","city":"Oslo"}"""));
    }

    /// <summary>From the file to the call: quotes, types of the schema, an id, and a cell that is left out.</summary>
    [Fact]
    public async Task MoveNext_Csv_AllocatesNothing()
    {
        const int Rounds = 12;
        const int RowsPerRound = 2000;
        using var folder = new TempFolder();
        var path = folder.Write("rows.csv", "id,street,n,flag,rest\n" + string.Concat(Enumerable.Range(0, Rounds * RowsPerRound).Select(static i =>
            $"{i},\"Storgata \"\"{i}\"\", Å\",{i},{(i % 2 == 0 ? "true" : "")},x\n")));
        var job = Job.Load(folder.Write("job.yaml", $$$"""
            version: 1
            servers: { geo: { mock: {} } }
            input: { path: {{{path}}} }
            call: { tool: geo/geocode, id: "{{id}}", arguments: { q: "{{street}}", n: "{{n}}", flag: "{{flag}}" } }
            output: { path: out.jsonl }
            """));
        var source = JobInputs.Open(job, null, static (_, _, _, problem) => Assert.Fail(problem), default);
        source.Bind(new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["geo/geocode"] = Encoding.UTF8.GetBytes("""{"properties":{"q":{"type":"string"},"n":{"type":"integer"},"flag":{"type":"boolean"}}}"""),
        });
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < RowsPerRound; i++)
            {
                if (!await source.MoveNextAsync())
                {
                    Assert.Fail("the file has more rows");
                }
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.False(await source.MoveNextAsync());
        source.Close();
    }

    private static long AllocatedBy(RowToCall toCall, string text)
    {
        ReadOnlyMemory<byte> line = Encoding.UTF8.GetBytes(text);
        var failed = 0;
        var allocated = Allocated.InQuietestRound(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                failed += toCall.Make(i, line, out _) is null ? 0 : 1;
            }
        });
        Assert.Equal(0, failed);
        return allocated;
    }
}
