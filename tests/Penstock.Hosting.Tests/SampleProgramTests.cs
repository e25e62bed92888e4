using System.Diagnostics;
using Xunit;

namespace Penstock.Hosting.Tests;

/// <summary>The samples run, offline, and end well.</summary>
public sealed class SampleProgramTests
{
    /// <summary>Far beyond what a sample takes on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Samples { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Root(), "samples"), "*.csproj", SearchOption.AllDirectories).Select(static p => Path.GetFileNameWithoutExtension(p)!).Order()];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Program_RunOffline_EndsWithZero(string sample)
    {
        // bin/CONFIGURATION/net10.0 here as there.
        var output = Path.GetRelativePath(Path.Combine(Root(), "tests", "Penstock.Hosting.Tests"), AppContext.BaseDirectory);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(Root(), "samples", sample, output, $"{sample}.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var texts = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"{sample} ended with {process.ExitCode}:\n{string.Join('\n', await texts.WaitAsync(Limit))}");
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("These tests run the samples: run them from inside the repository.");
    }
}
