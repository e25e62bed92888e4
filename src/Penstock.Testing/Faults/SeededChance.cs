namespace Penstock.Testing;

/// <summary>
/// Chance as a pure function of seed, number and purpose, and not of what was drawn before: whichever thread asks first, call 17 meets the
/// same fate.
/// </summary>
internal static class SeededChance
{
    /// <summary>A number from 0 (included) to 1 (excluded).</summary>
    public static double Fraction(int seed, long number, int purpose) => (Bits(seed, number, purpose) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 (included) to <paramref name="limit"/> (excluded).</summary>
    public static int Below(int limit, int seed, long number, int purpose) => (int)(Fraction(seed, number, purpose) * limit);

    // SplitMix64 over the three inputs; its constants are those of the published generator.
    private static ulong Bits(int seed, long number, int purpose) =>
        Mix(Mix(Mix((uint)seed + 0x9E3779B97F4A7C15UL) + (ulong)number) + (uint)purpose);

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
