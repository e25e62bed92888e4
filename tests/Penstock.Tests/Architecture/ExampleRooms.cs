namespace Penstock.Tests.Architecture;

/// <summary>A type of a lower room that breaks the order in every way there is: what the checker is tried on.</summary>
internal static class ExampleLower
{
    private static ExampleUpper? s_held;

    public static void InCall() => ExampleUpper.Touch();

    public static Func<int> InLambda() => static () => ExampleUpper.Number;

    public static async Task InAsyncMethod()
    {
        await Task.Yield();
        ExampleUpper.Touch();
    }

    public static IEnumerable<int> InIterator()
    {
        yield return ExampleUpper.Number;
    }

    public static Type InTypeOf() => typeof(ExampleUpper);

    public static bool InCast(object value) => value is ExampleUpper;

    public static object InTypeArgument() => new List<ExampleUpper>();

    public static object InMethodTypeArgument() => Array.Empty<ExampleUpper>();

    public static object? InSignature(ExampleUpper? upper) => upper;

    public static unsafe object InPointer(delegate*<ExampleUpper, void> pointer) => (nint)pointer;

    public static bool InConstraint<T>(T value)
        where T : ExampleUpper => value.GetHashCode() == 0;

    public static void InCatch()
    {
        try
        {
            GC.KeepAlive(null);
        }
        catch (ExampleUpperException)
        {
        }
    }

    public static int InBranchOfSwitch(int value)
    {
        // A jump table has a length of its own in the middle of the code.
        switch (value)
        {
            case 0: return 7;
            case 1: return 5;
            case 2: return 3;
            case 3: return ExampleUpper.Number;
            default: return 1;
        }
    }

    public static void Hold(object value) => s_held = (ExampleUpper)value;

    public static bool HoldsNothing() => s_held is null;

    /// <summary>What it may do: use nothing of the upper room.</summary>
    public static int Innocent(int value) => value + 1;

    /// <summary>Counts as its outermost type.</summary>
    public static class Nested
    {
        public static void InNestedType() => ExampleUpper.Touch();
    }
}

/// <summary>A type of an upper room.</summary>
internal abstract class ExampleUpper
{
    public static int Number => Environment.ProcessorCount;

    public static void Touch() => GC.KeepAlive(null);
}

/// <summary>An exception of an upper room.</summary>
internal sealed class ExampleUpperException : Exception;
