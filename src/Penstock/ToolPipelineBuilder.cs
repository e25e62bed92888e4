namespace Penstock;

/// <summary>Gathers what a pipeline is made of. The builder decides presence and settings, never order: stages run in the order they were added.</summary>
public sealed class ToolPipelineBuilder
{
    /// <summary>Adds a server.</summary>
    public ToolPipelineBuilder AddServer(string name, Action<ServerOptions> configure) => throw new NotImplementedException();

    /// <summary>Adds a server.</summary>
    public ToolPipelineBuilder AddServer(ServerOptions server) => throw new NotImplementedException();

    /// <summary>Adds a stage that sees every call before it is batched.</summary>
    public ToolPipelineBuilder AddStage(string name, StageBody body) => throw new NotImplementedException();

    /// <summary>Adds a stage that sees every call before it is batched, and may wait.</summary>
    public ToolPipelineBuilder AddStage(string name, AsyncStageBody body) => throw new NotImplementedException();

    /// <summary>Sets options.</summary>
    public ToolPipelineBuilder Configure(Action<PipelineOptions> configure) => throw new NotImplementedException();

    /// <summary>Builds the pipeline. Nothing is started yet: that is done by <see cref="ToolPipeline.StartAsync"/>, or by the first call.</summary>
    /// <exception cref="PipelineConfigurationException">Settings are wrong; the exception lists every problem.</exception>
    public ToolPipeline Build() => throw new NotImplementedException();
}
