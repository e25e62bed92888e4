using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Penstock.Scheduling;
using Penstock.Testing;
using Penstock.Tests.EndToEnd;
using Xunit;

namespace Penstock.Tests;

public sealed class ToolPipelineSyncExtensionsTests
{
    [Fact]
    public void Execute_ManyCalls_YieldsEveryResultOnce()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        Assert.True(pipeline.Start().Servers[0].State == ServerState.Up);
        var seen = new SortedSet<long>();
        foreach (var result in pipeline.Execute(Fleets.Echoes("s", 3000)))
        {
            Assert.Equal($"row {result.Ordinal}", result.GetText());
            Assert.True(seen.Add(result.Ordinal));
        }

        Assert.Equal(3000, seen.Count);
        pipeline.Stop();
    }

    /// <summary>A user interface's thread: what is posted to it waits until it is free, and it is blocked.</summary>
    [Theory]
    [InlineData("start")]
    [InlineData("call")]
    [InlineData("execute")]
    public void Call_OnAThreadWithASynchronizationContext_Returns(string how)
    {
        using var server = new LoopbackServer();
        var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var answered = 0;
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            answered = how switch
            {
                "start" => pipeline.Start().Servers.Count,
                "call" => pipeline.Call(Fleets.Echo("s", 1)).IsSuccess ? 1 : 0,
                _ => Count(pipeline.Execute([Fleets.Echo("s", 1)])),
            };
            pipeline.Stop();
        })
        {
            IsBackground = true,
        };
        thread.Start();
        Assert.True(thread.Join(Fleets.Hang));
        Assert.Equal(1, answered);
    }

    private static int Count(IEnumerable<ToolResult> results)
    {
        var count = 0;
        foreach (var result in results)
        {
            count += result.IsSuccess ? 1 : 0;
        }

        return count;
    }

    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    [Fact]
    public void Execute_LoopLeftEarly_CancelsTheRest()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        foreach (var result in pipeline.Execute(Fleets.Echoes("s", int.MaxValue)))
        {
            Assert.True(result.IsSuccess);
            break;
        }

        pipeline.Stop();
        Assert.Equal(pipeline.Metrics.Snapshot().Accepted, pipeline.Metrics.Snapshot().Ended);
    }

    [Fact]
    public void Execute_TokenFires_Throws()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var result in pipeline.Execute(Fleets.Echoes("s", int.MaxValue), new ExecuteOptions { Weight = 2 }, stop.Token))
            {
                stop.Cancel();
            }
        });
    }

    [Fact]
    public void Execute_SourceThrows_ReaderGetsTheExceptionAfterTheResults()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var count = 0;
        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var result in pipeline.Execute(Fleets.Echoes("s", 10).Concat(Fail())))
            {
                count++;
            }
        });
        Assert.Equal(11, count);

        static IEnumerable<ToolCall> Fail()
        {
            yield return Fleets.Echo("s", 10);
            throw new InvalidDataException();
        }
    }

    [Fact]
    public void Execute_AsUntyped_RefusesToBoxABorrowedResult()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        var results = ((IEnumerable)pipeline.Execute(Fleets.Echoes("s", 1))).GetEnumerator();
        Assert.True(results.MoveNext());
        Assert.Throws<NotSupportedException>(() => results.Current);
        ((IDisposable)results).Dispose();
    }

    [Fact]
    public void Call_EchoAndTyped_AreAnswered()
    {
        using var server = new LoopbackServer();
        using var pipeline = new ToolPipelineBuilder().Add("s", server).Build();
        Assert.Equal("row 7", pipeline.Call(Fleets.Echo("s", 7)).GetText());
        var number = (JsonTypeInfo<int>)JsonSerializerOptions.Default.GetTypeInfo(typeof(int));
        Assert.Equal(5, pipeline.Call(new ToolCall("s/echo", """{"message":"5"}"""u8.ToArray()), number));
        Assert.Throws<ToolCallException>(() => pipeline.Call(new ToolCall("s/none", default), number));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Call_FromAStageOfTheSamePipeline_IsRefused(bool isStream, bool isResultStage)
    {
        using var server = new LoopbackServer();
        ToolPipeline? pipeline = null;
        var refusal = "";
        var builder = new ToolPipelineBuilder().Add("s", server);
        builder = isResultStage ? builder.AddResultStage("mine", (ResultBatch _) => Call()) : builder.AddStage("mine", (CallBatch _) => Call());
        using (pipeline = builder.Build())
        {
            pipeline.Call(Fleets.Echo("s", 1));
        }

        Assert.Contains("'mine' calls the pipeline that it is a stage of", refusal, StringComparison.Ordinal);

        void Call() => refusal = Assert.Throws<InvalidOperationException>(() =>
        {
            if (!isStream)
            {
                pipeline!.Call(Fleets.Echo("s", 2));
                return;
            }

            foreach (var result in pipeline!.Execute(Fleets.Echoes("s", 2)))
            {
            }
        }).Message;
    }

    [Fact]
    public void Call_OnAThreadThatCarriesAPipeline_IsRefused()
    {
        using var pipeline = new ToolPipelineBuilder().Build();
        using (InlineScheduler.Enter())
        {
            Assert.Throws<InvalidOperationException>(() => pipeline.Call(Fleets.Echo("s", 1)));
            Assert.Throws<InvalidOperationException>(() => pipeline.Execute([]).GetEnumerator());
        }
    }

    [Fact]
    public void Dispose_CalledTwice_Returns()
    {
        var pipeline = new ToolPipelineBuilder().Build();
        pipeline.Dispose();
        pipeline.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pipeline.Call(Fleets.Echo("s", 1)));
    }
}
