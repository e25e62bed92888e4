using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Penstock.Hosting;

/// <summary>Builds a pipeline from configuration and code, and names the key of everything that is wrong.</summary>
internal static partial class ConfiguredPipeline
{
    /// <exception cref="PipelineConfigurationException">Something is wrong; the exception lists every problem.</exception>
    public static ToolPipeline Build(
        IServiceProvider services, IConfiguration? configuration, Action<IServiceProvider, ToolPipelineBuilder>? configure)
    {
        var problems = new List<string>();
        var builder = new ToolPipelineBuilder().Configure(o =>
        {
            o.LoggerFactory = services.GetService<ILoggerFactory>();
            o.Clock = services.GetService<TimeProvider>() ?? o.Clock;
        });
        if (configuration is not null)
        {
            var root = configuration as IConfigurationRoot ?? services.GetService<IConfiguration>() as IConfigurationRoot;
            PipelineSettings.Read(configuration, new KeySpelling(root), builder, problems);
        }

        configure?.Invoke(services, builder);
        ToolPipeline? pipeline = null;
        try
        {
            pipeline = builder.Build();
        }
        catch (PipelineConfigurationException e)
        {
            problems.AddRange(e.Problems.Select(p => WithKey(p, configuration)));
        }

        if (problems.Count > 0)
        {
            pipeline?.Dispose();
            throw new PipelineConfigurationException(problems);
        }

        return pipeline!;
    }

    /// <summary>The engine names servers and properties, since it knows no configuration. What was set by a key is told with it.</summary>
    private static string WithKey(string problem, IConfiguration? configuration)
    {
        if (configuration is null || Place().Match(problem) is not { Success: true } place)
        {
            return problem;
        }

        var property = place.Groups["property"].Value.Replace('.', ':');
        var key = place.Groups["server"] is { Success: true, Value: var server } ? $"Servers:{server}:{property}" : property;
        return configuration[key] is null ? problem : $"{configuration.GetSection(key).Path}: {problem}";
    }

    [GeneratedRegex(@"^(?:Server '(?<server>[^']*)': )?(?<property>[A-Z][A-Za-z]*(?:\.[A-Z][A-Za-z]*)*) is ")]
    private static partial Regex Place();
}
