using Xunit;

namespace Penstock.Tests.EndToEnd;

/// <summary>A fact that compiles a C program; skipped, with the reason, where gcc is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresGccFactAttribute : FactAttribute
{
    /// <summary>Looks for gcc.</summary>
    public RequiresGccFactAttribute() => Skip = Tools.Has("gcc") ? null : "gcc is not installed; run ./test.sh";
}
