namespace Penstock.Cli.Text;

/// <summary>How wide text is on a terminal. Pure.</summary>
internal static class TextWidth
{
    /// <summary>Columns that a text takes, or a few more: East Asian letters and pictures take two each.</summary>
    public static int CellsOf(ReadOnlySpan<char> text)
    {
        var cells = 0;
        foreach (var c in text)
        {
            cells += !char.IsSurrogate(c) && c is (>= '\u1100' and <= '\u115F') or (>= '\u2600' and <= '\u27BF') or (>= '\u2E80' and <= '\uD7FF') or (>= '\uE000' and < '\uFFFC') ? 2 : 1;
        }

        return cells;
    }
}
