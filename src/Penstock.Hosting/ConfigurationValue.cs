using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Penstock.Hosting;

/// <summary>
/// Values of configuration, as they are written there. What cannot be read throws <see cref="FormatException"/>, whose message goes on from the
/// key: what is there, and what can be read. Texts may be secrets, and are never told.
/// </summary>
internal static class ConfigurationValue
{
    private static readonly (string Suffix, double Factor)[] Times = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
    private static readonly (string Suffix, double Factor)[] Sizes = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("", 1)];

    /// <summary>Whether there is a value where a section or a list belongs.</summary>
    public static bool IsOneValue(IConfiguration section) => section is IConfigurationSection { Value: not (null or "") };

    public static string Text(IConfigurationSection section) => section.Value ?? throw new FormatException("is no text; use one text here.");

    public static IEnumerable<string> Texts(IConfigurationSection section) =>
        IsOneValue(section) ? throw new FormatException("is one text; use a list of texts.") : section.GetChildren().Select(Text);

    public static int Count(IConfigurationSection section) =>
        int.TryParse(section.Value, CultureInfo.InvariantCulture, out var count) ? count : throw Wrong(section, "use a whole number.");

    public static TimeSpan Time(IConfigurationSection section) =>
        TryScale(section.Value, Times, out var seconds) ? TimeSpan.FromSeconds(seconds)
        : section.Value is { } text && text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time
        : throw Wrong(section, "use a time such as 00:00:10, 500ms, 10s, 5m or 1h.");

    public static long Bytes(IConfigurationSection section) =>
        TryScale(section.Value, Sizes, out var bytes) && bytes <= 1L << 50 ? (long)bytes : throw Wrong(section, "use a number of bytes, or one such as 64KiB, 256MiB or 1GiB.");

    public static ProtocolEra Era(IConfigurationSection section) =>
        Enum.TryParse<ProtocolEra>(section.Value, ignoreCase: true, out var era) && Enum.IsDefined(era)
            ? era
            : throw Wrong(section, $"use {string.Join(", ", Enum.GetNames<ProtocolEra>())}.");

    private static FormatException Wrong(IConfigurationSection section, string remedy) => new($"is '{section.Value}'; {remedy}");

    private static bool TryScale(string? text, (string Suffix, double Factor)[] units, out double scaled)
    {
        foreach (var (suffix, factor) in units)
        {
            if (text is not null
                && text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number))
            {
                scaled = number * factor;
                return true;
            }
        }

        scaled = 0;
        return false;
    }
}
