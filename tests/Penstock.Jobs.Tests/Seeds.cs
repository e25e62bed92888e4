using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Jobs.Tests;

/// <summary>Runs a law over seeds; a failure names the seed, and running it again is <c>law(seed)</c>.</summary>
internal static class Seeds
{
    private static readonly Arbitrary<int> All = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u00e9", "\\ud800", "\n", "\r", "\t", " ", "\u007f", "\u0001", "0", "-1.5e3", "true", "null",
        "ø", "漢", "😀", "\u2028", "\"custom_id\"", "\"tool\"", "\"arguments\"", "\"request\"", "\"method\"", "\"server\"", "\"params\"", "\"name\"",
        "\"timeout_ms\"", "{}", "\"mock/echo\"", "\"tools/call\"", "{\"a\":1}",
    ];

    public static void Check(int count, Action<Random> law) =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(All, seed => law(new Random(seed))));

    public static T Pick<T>(this Random random, params T[] choices) => choices[random.Next(choices.Length)];

    /// <summary>Bytes that look like JSON often enough to get far into a reader, and are broken often enough to hurt it.</summary>
    public static byte[] Bytes(this Random random, int pieces)
    {
        using var bytes = new MemoryStream();
        for (var i = random.Next(pieces + 1); i > 0; i--)
        {
            if (random.Next(12) == 0)
            {
                bytes.WriteByte((byte)random.Next(256));
            }
            else
            {
                bytes.Write(Encoding.UTF8.GetBytes(random.Pick(Pieces)));
            }
        }

        return bytes.ToArray();
    }
}
