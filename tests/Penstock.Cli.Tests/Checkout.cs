namespace Penstock.Cli.Tests;

/// <summary>The files of the repository that these tests lie in.</summary>
internal static class Checkout
{
    private static readonly string Root = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Pipeline.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("Run these tests from inside the repository.");
        }

        return root;
    }
}
