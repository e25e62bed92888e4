using System.Diagnostics;

namespace Penstock.Memory;

/// <summary>Debug builds overwrite memory that has been given back, so that a use after return shows itself at once.</summary>
internal static class LeakGuard
{
    /// <summary>No byte of JSON, and no byte of valid UTF-8 text.</summary>
    public const byte PoisonByte = 0xFD;

    [Conditional("DEBUG")]
    public static void Poison(Span<byte> returned) => returned.Fill(PoisonByte);
}
