using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Penstock.Compare;

/// <summary>Keeps a table under <c>perf/results/&lt;cpu&gt;/&lt;suite&gt;.md</c>, and beside it what it was measured with.</summary>
internal static class ResultsFolder
{
    /// <summary>Writes both files and returns the folder.</summary>
    /// <exception cref="InvalidOperationException">The program does not run from inside the repository.</exception>
    public static string Write(CompareOptions options, string table)
    {
        var cpu = CpuModel();
        var folder = Path.Combine(RepositoryRoot(), "perf", "results", Slug(cpu));
        Directory.CreateDirectory(folder);
        var calls = options.Calls > 0 ? string.Create(CultureInfo.InvariantCulture, $"{options.Calls:N0} calls") : $"about {options.RepetitionTime.TotalSeconds} s";
        var warmth = Lineup.IsJob(options.Scenario) ? "each in a fresh process" : $"after {options.WarmUp.TotalSeconds} s of warm-up each";
        File.WriteAllText(
            Path.Combine(folder, $"{options.Scenario}.md"),
            $"""
            # {options.Scenario}

            {options.ResultsDate}, {cpu}, {Environment.ProcessorCount} processors, server: {options.Server ?? "native echo server"}.
            {options.Repetitions} repetitions of {calls} each, taking turns, {warmth}; medians.

            {table}
            """.TrimEnd() + "\n");
        File.WriteAllText(Path.Combine(folder, "versions.txt"), Versions(options.ResultsDate!, cpu));
        return folder;
    }

    private static string Versions(string date, string cpu) =>
        $"""
        date                       {date}
        cpu                        {cpu}, {Environment.ProcessorCount} processors
        os                         {RuntimeInformation.OSDescription}
        runtime                    {RuntimeInformation.FrameworkDescription}
        Penstock                   {VersionOf(typeof(ToolPipeline))}
        ModelContextProtocol.Core  {VersionOf(typeof(ModelContextProtocol.Client.McpClient))}
        Polly.Core                 {VersionOf(typeof(Polly.ResiliencePipeline))}

        """;

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static string CpuModel()
    {
        const string Key = "model name";
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static l => l.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(char.ToLowerInvariant(c));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("--write-results needs the repository around the program: run it with dotnet run.");
    }
}
