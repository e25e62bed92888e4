using System.Globalization;

namespace Penstock.Cli.Text;

/// <summary>Numbers as people read them, the same under every locale.</summary>
internal static class Figures
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double perSecond) => perSecond.ToString(perSecond is > 0 and < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    public static string Seconds(TimeSpan value) => value.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";

    public static string Milliseconds(TimeSpan value) => value.TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture) + " ms";

    public static string Bytes(long value) => $"{Count(value >> 20)} MiB";

    /// <summary>Rounded down: 100 % is the end, and not what is nearly there.</summary>
    public static string Percent(double share) => Math.Floor((share * 100) + 1e-9).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>As <c>m:ss</c> or <c>h:mm:ss</c>.</summary>
    public static string Clock(TimeSpan value)
    {
        var seconds = (long)Math.Max(0, value.TotalSeconds);
        var minutes = $"{seconds / 60 % 60}:{(seconds % 60).ToString("00", CultureInfo.InvariantCulture)}";
        return seconds < 3600 ? minutes : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}");
    }
}
