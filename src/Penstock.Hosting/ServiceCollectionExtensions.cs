using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Penstock.Hosting;

/// <summary>Adds pipelines to a generic host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>The section that is read where none is given.</summary>
    public const string DefaultSection = "Penstock";

    /// <summary>
    /// Adds a <see cref="ToolPipeline"/> as a singleton, from the section <c>Penstock</c> of the host's configuration if there is one. It is started before
    /// every hosted service, whatever the order in which they were added, and drained and stopped after all of them have stopped, within the host's
    /// <c>ShutdownTimeout</c>: what has not ended by then ends as cancelled.
    /// </summary>
    /// <remarks>
    /// Keys: <c>CallTimeout</c>, <c>SingleCallDeadline</c>, <c>StartConcurrency</c>, <c>Batch:MaxCalls</c>, <c>Batch:Linger</c>, <c>Memory:Budget</c>, and for each
    /// server, under <c>Servers:NAME</c>, <c>Command</c>, <c>Args</c>, <c>Env</c>, <c>Cwd</c>, <c>StopGrace</c>, <c>Replicas</c>, <c>MaxInFlight</c>,
    /// <c>MaxStragglers</c>, <c>Era</c>, <c>ConnectTimeout</c>, <c>MaxRequestBytes</c>, <c>MaxResponseBytes</c> and <c>Restart:…</c>, as the options of these names. Times are
    /// <c>00:00:10</c> or <c>500ms</c>, <c>10s</c>, <c>5m</c>, <c>1h</c>; sizes are bytes or <c>64KiB</c>, <c>256MiB</c>, <c>1GiB</c>. Wrong or unknown keys end the host's start with
    /// a <see cref="PipelineConfigurationException"/> that lists every problem by its key. Logging and a registered <see cref="TimeProvider"/> are the host's.
    /// </remarks>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">What code adds to the configuration: servers, stages, options. Runs after it was read; may be null.</param>
    /// <exception cref="InvalidOperationException">The host has a pipeline already; further ones need a key.</exception>
    public static IServiceCollection AddPenstock(
        this IServiceCollection services, Action<IServiceProvider, ToolPipelineBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return AddUnkeyed(services, static s => s.GetService<IConfiguration>()?.GetSection(DefaultSection), configure);
    }

    /// <summary>As the other, from a section of one's own.</summary>
    /// <inheritdoc cref="AddPenstock(IServiceCollection, Action{IServiceProvider, ToolPipelineBuilder}?)"/>
    public static IServiceCollection AddPenstock(
        this IServiceCollection services, IConfiguration configuration, Action<IServiceProvider, ToolPipelineBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        return AddUnkeyed(services, _ => configuration, configure);
    }

    /// <summary>
    /// Adds one of several pipelines, which is injected by its key: <c>[FromKeyedServices("night")] ToolPipeline pipeline</c>. Each has servers of its own;
    /// they start in the order added, and stop the other way round.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="key">The key.</param>
    /// <param name="configuration">The pipeline's own section.</param>
    /// <param name="configure">What code adds to the configuration; may be null.</param>
    /// <exception cref="InvalidOperationException">The host has a pipeline of this key already.</exception>
    public static IServiceCollection AddKeyedPenstock(
        this IServiceCollection services,
        string key,
        IConfiguration configuration,
        Action<IServiceProvider, ToolPipelineBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(configuration);
        ThrowIfAdded(services, key);
        services.AddKeyedSingleton(key, (s, _) => ConfiguredPipeline.Build(s, configuration, configure));
        return AddHost(services, s => s.GetRequiredKeyedService<ToolPipeline>(key));
    }

    private static IServiceCollection AddUnkeyed(
        IServiceCollection services,
        Func<IServiceProvider, IConfiguration?> configuration,
        Action<IServiceProvider, ToolPipelineBuilder>? configure)
    {
        ThrowIfAdded(services, null);
        services.AddSingleton(s => ConfiguredPipeline.Build(s, configuration(s), configure));
        return AddHost(services, static s => s.GetRequiredService<ToolPipeline>());
    }

    /// <summary>Not by AddHostedService, which takes each type once.</summary>
    private static IServiceCollection AddHost(IServiceCollection services, Func<IServiceProvider, ToolPipeline> pipeline) =>
        services.AddSingleton<IHostedService>(s =>
            new PipelineHost(pipeline(s), (s.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Penstock.Hosting")));

    private static void ThrowIfAdded(IServiceCollection services, object? key)
    {
        if (services.Any(d => d.ServiceType == typeof(ToolPipeline) && Equals(d.ServiceKey, key)))
        {
            throw new InvalidOperationException(key is null
                ? "The host has a pipeline already; add further ones with AddKeyedPenstock."
                : $"The host has a pipeline '{key}' already; choose another key.");
        }
    }
}
