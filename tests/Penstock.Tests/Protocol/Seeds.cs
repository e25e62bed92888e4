using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Protocol;

/// <summary>Runs a law over seeds; a failure names the seed, and running it again is <c>law(seed)</c>.</summary>
internal static class Seeds
{
    private static readonly Arbitrary<int> All = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    public static void Check(int count, Action<Random> law) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(All, seed => law(new Random(seed))));

    /// <summary>Cuts bytes into pieces of random size, empty ones among them.</summary>
    public static List<byte[]> Cut(Random random, byte[] bytes)
    {
        var largest = random.Next(1, 40);
        var pieces = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(largest + 1), bytes.Length - at);
            pieces.Add(bytes[at..(at + length)]);
            at += length;
        }

        return pieces;
    }
}
