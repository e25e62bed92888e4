using Xunit;

namespace Penstock.Tests.Architecture;

/// <summary>The test of the architecture test: a house that is known to be broken is found broken, in the right places and nowhere else.</summary>
public sealed class RoomRulesTests
{
    private static readonly RoomRules Rules = new(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["Lower"] = [], ["Upper"] = ["Lower"] });

    private static readonly Lazy<IReadOnlyList<string>> Found = new(static () =>
        Rules.Violations(AssemblyReferences.Read(typeof(ExampleLower).Assembly), static type => type.Split('.')[^1] switch
        {
            nameof(ExampleLower) => "Lower",
            nameof(ExampleUpper) or nameof(ExampleUpperException) => "Upper",
            _ => null,
        }));

    [Theory]
    [InlineData(nameof(ExampleLower.InCall))]
    [InlineData(nameof(ExampleLower.InLambda))]
    [InlineData(nameof(ExampleLower.InAsyncMethod))]
    [InlineData(nameof(ExampleLower.InIterator))]
    [InlineData(nameof(ExampleLower.InTypeOf))]
    [InlineData(nameof(ExampleLower.InCast))]
    [InlineData(nameof(ExampleLower.InTypeArgument))]
    [InlineData(nameof(ExampleLower.InMethodTypeArgument))]
    [InlineData(nameof(ExampleLower.InSignature))]
    [InlineData(nameof(ExampleLower.InPointer))]
    [InlineData(nameof(ExampleLower.InConstraint))]
    [InlineData(nameof(ExampleLower.InBranchOfSwitch))]
    [InlineData(nameof(ExampleLower.Nested.InNestedType))]
    public void Violations_MethodThatUsesAnUpperRoom_IsNamed(string method) =>
        Assert.Contains($"Lower.ExampleLower -> uses Upper.ExampleUpper in method {method}", Found.Value);

    [Fact]
    public void Violations_CatchClause_IsNamed() =>
        Assert.Contains("Lower.ExampleLower -> uses Upper.ExampleUpperException in method InCatch", Found.Value);

    [Fact]
    public void Violations_Field_IsNamed() => Assert.Contains("Lower.ExampleLower -> uses Upper.ExampleUpper in field s_held", Found.Value);

    [Fact]
    public void Violations_AllowedOrNoUse_IsNotNamed() =>
        Assert.DoesNotContain(Found.Value, static l => l.Contains(nameof(ExampleLower.Innocent), StringComparison.Ordinal) || l.StartsWith("Upper", StringComparison.Ordinal));

    [Fact]
    public void Violations_OneTypeAllowed_OthersOfItsRoomAreNamed()
    {
        var rules = new RoomRules(new Dictionary<string, string[]> { ["A"] = ["B.Word"] });
        TypeUse[] uses = [new("N.X", "method M", "N.Word", ""), new("N.X", "method M", "N.Other", "")];

        Assert.Equal(["A.X -> uses B.Other in method M"], rules.Violations(uses, static type => type == "N.X" ? "A" : "B"));
    }

    [Fact]
    public void Cycles_RoomsThatKnowEachOther_AreNamed()
    {
        var rules = new RoomRules(new Dictionary<string, string[]> { ["A"] = [], ["B"] = ["A", "D"], ["C"] = ["B.Word"], ["D"] = ["C"] });

        Assert.Equal(["B", "C", "D"], rules.Cycles());
    }

    [Fact]
    public void Parse_EveryKindOfType_IsFound()
    {
        var file = SourceFile.Parse("src/X/A.cs", [
            "namespace N.M;",
            "/// <summary>public class Comment</summary>",
            "public sealed class A<T>",
            "{",
            "    public class Nested;",
            "}",
            "internal readonly ref struct B;",
            "public readonly record struct C(int X);",
            "public delegate ValueTask D(int a, Func<int> b);",
            "public delegate T E<T>();",
            "internal enum F",
            "file interface G;",
            "public sealed record H",
        ]);

        Assert.Equal(["A", "B", "C", "D", "E", "F", "G", "H"], file.Types.Select(static t => t.Name));
        Assert.Equal(["A", "C", "D", "E", "H"], file.Types.Where(static t => t.IsPublic).Select(static t => t.Name));
        Assert.Equal("N.M.A", file.Types[0].FullName);
    }

    [Fact]
    public void Strangers_TypeThatNobodyMentions_IsNamed()
    {
        var file = SourceFile.Parse("src/X/A.cs", [
            "namespace N;",
            "public sealed class A { public B Part { get; } }",
            "public sealed class B;",
            "public sealed record Stranger(string B2);",
        ]);

        Assert.Equal(["src/X/A.cs: Stranger has nothing to do with A; give it a file of its own"], FileRules.Strangers(file));
    }
}
