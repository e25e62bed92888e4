using System.Runtime.CompilerServices;
using Penstock.Stages;

namespace Penstock;

/// <summary>Gathers what a pipeline is made of. The builder decides presence and settings, never order: stages run in the order they were added.</summary>
public sealed class ToolPipelineBuilder
{
    private readonly List<ServerOptions> _servers = [];
    private readonly List<UserStage> _stages = [];
    private readonly List<ResultStage> _resultStages = [];
    private readonly PipelineOptions _options = new();

    /// <summary>Adds a server.</summary>
    public ToolPipelineBuilder AddServer(string name, Action<ServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var server = new ServerOptions(name);
        configure(server);
        return AddServer(server);
    }

    /// <summary>Adds a server, as it is now: its options are copied.</summary>
    public ToolPipelineBuilder AddServer(ServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        _servers.Add(server.Copy());
        return this;
    }

    /// <summary>Adds a stage that sees every call before it is batched.</summary>
    public ToolPipelineBuilder AddStage(string name, StageBody body)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(body);
        _stages.Add(new UserStage(name, body, null));
        return this;
    }

    /// <summary>Adds a stage that sees every call before it is batched, and may wait.</summary>
    public ToolPipelineBuilder AddStage(string name, AsyncStageBody body)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(body);
        _stages.Add(new UserStage(name, null, body));
        return this;
    }

    /// <inheritdoc cref="AddStage(string, AsyncStageBody)"/>
    /// <remarks>An <c>async</c> lambda binds to this overload, not to the synchronous one, which would not wait for it.</remarks>
    [OverloadResolutionPriority(1)]
    public ToolPipelineBuilder AddStage(string name, Func<CallBatch, ValueTask> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return AddStage(name, (CallBatch batch, CancellationToken _) => body(batch));
    }

    /// <inheritdoc cref="AddStage(string, AsyncStageBody)"/>
    public ToolPipelineBuilder AddStage(string name, Func<CallBatch, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return AddStage(name, (CallBatch batch, CancellationToken _) => new ValueTask(body(batch)));
    }

    /// <summary>Adds a stage that sees every call that has ended, whether well or badly, before the reader of its result does.</summary>
    public ToolPipelineBuilder AddResultStage(string name, ResultStageBody body)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(body);
        _resultStages.Add(new ResultStage(name, body, null));
        return this;
    }

    /// <summary>Adds a stage that sees every call that has ended, whether well or badly, before the reader of its result does, and may wait.</summary>
    public ToolPipelineBuilder AddResultStage(string name, AsyncResultStageBody body)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(body);
        _resultStages.Add(new ResultStage(name, null, body));
        return this;
    }

    /// <inheritdoc cref="AddResultStage(string, AsyncResultStageBody)"/>
    /// <remarks>An <c>async</c> lambda binds to this overload, not to the synchronous one, which would not wait for it.</remarks>
    [OverloadResolutionPriority(1)]
    public ToolPipelineBuilder AddResultStage(string name, Func<ResultBatch, ValueTask> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return AddResultStage(name, (ResultBatch batch, CancellationToken _) => body(batch));
    }

    /// <inheritdoc cref="AddResultStage(string, AsyncResultStageBody)"/>
    public ToolPipelineBuilder AddResultStage(string name, Func<ResultBatch, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return AddResultStage(name, (ResultBatch batch, CancellationToken _) => new ValueTask(body(batch)));
    }

    /// <summary>Sets options.</summary>
    public ToolPipelineBuilder Configure(Action<PipelineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_options);
        return this;
    }

    /// <summary>Builds the pipeline. Nothing is started yet: that is done by <see cref="ToolPipeline.StartAsync"/>, or by the first call.</summary>
    /// <exception cref="PipelineConfigurationException">Settings are wrong; the exception lists every problem.</exception>
    public ToolPipeline Build()
    {
        var problems = new List<string>();
        var options = _options.Copy();
        options.Validate(problems);
        foreach (var server in _servers)
        {
            server.Validate(problems);
        }

        foreach (var name in _servers.GroupBy(static s => s.Name, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            problems.Add($"Server '{name.Key}' is added {name.Count()} times; names must differ.");
        }

        return problems.Count > 0 ? throw new PipelineConfigurationException(problems) : new ToolPipeline(options, [.. _servers], [.. _stages], [.. _resultStages]);
    }
}
