namespace Penstock.Jobs.Bytes;

/// <summary>The valid key that a mistyped one was probably meant to be.</summary>
internal static class NearestKey
{
    /// <summary>Null if nothing is near: more than a third of the letters (at least 2) would have to change.</summary>
    public static string? Find(string key, IEnumerable<string> valid) => Find(key, valid, Math.Max(2, key.Length / 3));

    /// <param name="key">The key.</param>
    /// <param name="valid">The valid ones.</param>
    /// <param name="most">Letters that may have to change.</param>
    public static string? Find(string key, IEnumerable<string> valid, int most)
    {
        string? best = null;
        var bestDistance = most + 1;
        foreach (var candidate in valid)
        {
            // Each letter more or less is one to insert or remove. The table below grows with both lengths.
            if (Math.Abs(key.Length - candidate.Length) > most)
            {
                continue;
            }

            var distance = Distance(key, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>Letters to insert, remove, change or swap with their neighbour; case does not count.</summary>
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            cost[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
