using Penstock.Stages;

namespace Penstock;

/// <summary>Gathers what a pipeline is made of. The builder decides presence and settings, never order: stages run in the order they were added.</summary>
public sealed class ToolPipelineBuilder
{
    private readonly List<ServerOptions> _servers = [];
    private readonly List<UserStage> _stages = [];
    private readonly PipelineOptions _options = new();

    /// <summary>Adds a server.</summary>
    public ToolPipelineBuilder AddServer(string name, Action<ServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var server = new ServerOptions(name);
        configure(server);
        return AddServer(server);
    }

    /// <summary>Adds a server.</summary>
    public ToolPipelineBuilder AddServer(ServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        _servers.Add(server);
        return this;
    }

    /// <summary>Adds a stage that sees every call before it is batched.</summary>
    public ToolPipelineBuilder AddStage(string name, StageBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        _stages.Add(new UserStage(name, body, null));
        return this;
    }

    /// <summary>Adds a stage that sees every call before it is batched, and may wait.</summary>
    public ToolPipelineBuilder AddStage(string name, AsyncStageBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        _stages.Add(new UserStage(name, null, body));
        return this;
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
        _options.Validate(problems);
        foreach (var server in _servers)
        {
            server.Validate(problems);
        }

        foreach (var name in _servers.GroupBy(static s => s.Name, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            problems.Add($"Server '{name.Key}' is added {name.Count()} times; names must differ.");
        }

        return problems.Count > 0 ? throw new PipelineConfigurationException(problems) : new ToolPipeline(_options, _servers, _stages);
    }
}
