using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>A fact that runs MCP servers written for Node; skipped, with the reason, where Node or one of the packages is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresNodeFactAttribute : FactAttribute
{
    /// <summary>Names the npm packages that the test runs.</summary>
    public RequiresNodeFactAttribute(params string[] packages)
    {
        Packages = packages;
        if (!Tools.Has("node"))
        {
            Skip = "node is not installed; run ./test.sh";
        }
        else if (Array.Find(packages, static p => !NpmPackages.Has(p)) is { } missing)
        {
            Skip = $"npm package {missing} is not installed, or PENSTOCK_NPM does not name its folder; run ./test.sh";
        }
    }

    /// <summary>The npm packages.</summary>
    public IReadOnlyList<string> Packages { get; }
}
