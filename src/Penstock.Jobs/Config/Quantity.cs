using System.Globalization;

namespace Penstock.Jobs.Config;

/// <summary>Durations (<c>5ms 2s 10m 1h</c>) and sizes (<c>256MiB 10MB 4096</c>). The command line reads them with the same code.</summary>
internal static class Quantity
{
    public const string DurationForm = "a number with ms, s, m or h, for example 2s";
    public const string SizeForm = "bytes, or a number with KB, MB, GB, KiB, MiB or GiB, for example 256MiB";

    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        var (number, unit) = Split(text);
        double? milliseconds = unit switch
        {
            "ms" => 1,
            "s" => 1e3,
            "m" => 60e3,
            "h" => 3600e3,
            "" when number == "0" => 1,
            _ => null,
        };
        if (milliseconds is null || !TryNumber(number, out var count) || count * milliseconds > 1e12)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)Math.Round(count * milliseconds.Value * TimeSpan.TicksPerMillisecond));
        return true;
    }

    public static bool TrySize(string text, out long value)
    {
        value = 0;
        var (number, unit) = Split(text);
        double? bytes = unit switch
        {
            "" or "B" => 1,
            "KB" or "kB" => 1e3,
            "MB" => 1e6,
            "GB" => 1e9,
            "TB" => 1e12,
            "KiB" => 1L << 10,
            "MiB" => 1L << 20,
            "GiB" => 1L << 30,
            "TiB" => 1L << 40,
            _ => null,
        };
        if (bytes is null || !TryNumber(number, out var count) || count * bytes > 1e15)
        {
            return false;
        }

        value = (long)Math.Round(count * bytes.Value);
        return true;
    }

    /// <summary>Reads back: the shortest of the forms above.</summary>
    public static string Format(TimeSpan value) => value.TotalMilliseconds switch
    {
        0 => "0ms",
        var ms when ms % 3600e3 == 0 => Invariant(ms / 3600e3, "h"),
        var ms when ms % 60e3 == 0 => Invariant(ms / 60e3, "m"),
        var ms when ms % 1e3 == 0 => Invariant(ms / 1e3, "s"),
        var ms => Invariant(ms, "ms"),
    };

    /// <summary>Reads back: whole binary units where they fit.</summary>
    public static string FormatSize(long value) => value switch
    {
        0 => "0",
        _ when value % (1L << 40) == 0 => Invariant(value >> 40, "TiB"),
        _ when value % (1L << 30) == 0 => Invariant(value >> 30, "GiB"),
        _ when value % (1L << 20) == 0 => Invariant(value >> 20, "MiB"),
        _ when value % (1L << 10) == 0 => Invariant(value >> 10, "KiB"),
        _ => Invariant(value, ""),
    };

    private static string Invariant(double value, string unit) => value.ToString("0.####", CultureInfo.InvariantCulture) + unit;

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && text is not ['.', ..];

    private static (string Number, string Unit) Split(string text)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        return (text[..end], text[end..].TrimStart(' '));
    }
}
