using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

public sealed class ChildEnvironmentTests
{
    [Fact]
    public void Build_OwnEnvironment_PassesOnlyTheSet()
    {
        Environment.SetEnvironmentVariable("PENSTOCK_TEST_SECRET", "x");
        Environment.SetEnvironmentVariable("npm_config_cache", "/cache");
        Environment.SetEnvironmentVariable("npm_config__authToken", "x");

        var names = ChildEnvironment.Build(new Dictionary<string, string>(), "m")
            .ConvertAll(static variable => variable[..variable.IndexOf('=', StringComparison.Ordinal)]);

        Assert.Contains("PATH", names);
        Assert.Contains("npm_config_cache", names);
        Assert.DoesNotContain("PENSTOCK_TEST_SECRET", names);
        Assert.DoesNotContain("npm_config__authToken", names);
    }

    [Fact]
    public void Build_GivenValues_WinAndTheMarkIsFirstAndOnlyOurs()
    {
        var given = new Dictionary<string, string> { ["PATH"] = "/given", ["KEY"] = "a=b", [Keeper.Variable] = "forged" };

        var variables = ChildEnvironment.Build(given, "mark");

        Assert.Equal("PENSTOCK_KEEPER=mark", variables[0]);
        Assert.Equal("PATH=/given", Assert.Single(variables, static v => v.StartsWith("PATH=", StringComparison.Ordinal)));
        Assert.Contains("KEY=a=b", variables);
        Assert.DoesNotContain("PENSTOCK_KEEPER=forged", variables);
        Assert.Equal("/given", ChildEnvironment.PathOf(given));
    }
}
