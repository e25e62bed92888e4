namespace Penstock.Protocol;

/// <summary>The protocol's revisions, and the two eras they fall into.</summary>
internal static class Versions
{
    public const string V20241105 = "2024-11-05";
    public const string V20250326 = "2025-03-26";
    public const string V20250618 = "2025-06-18";
    public const string V20251125 = "2025-11-25";
    public const string V20260728 = "2026-07-28";

    /// <summary>What <c>initialize</c> offers.</summary>
    public const string NewestLegacy = V20251125;

    /// <summary>What modern requests carry.</summary>
    public const string NewestModern = V20260728;

    /// <summary>The revisions with a handshake, oldest first. A server may choose any of them.</summary>
    public static IReadOnlyList<string> Legacy { get; } = [V20241105, V20250326, V20250618, V20251125];

    /// <summary>The revisions without one, oldest first.</summary>
    public static IReadOnlyList<string> Modern { get; } = [V20260728];

    public static bool IsLegacy(string version) => Legacy.Contains(version, StringComparer.Ordinal);

    public static bool IsModern(string version) => Modern.Contains(version, StringComparer.Ordinal);

    /// <summary>The newest revision that both sides know, modern before legacy; null if there is none.</summary>
    public static string? NewestMutual(IReadOnlyList<string> theirs) =>
        Modern.Reverse().Concat(Legacy.Reverse()).FirstOrDefault(v => theirs.Contains(v, StringComparer.Ordinal));
}
