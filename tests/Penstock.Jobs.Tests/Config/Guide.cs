using System.Text.Json.Nodes;
using Penstock.Jobs.Config;

namespace Penstock.Jobs.Tests.Config;

/// <summary>The samples of the checkout that the tests were built from.</summary>
internal static class Guide
{
    public static string PathOf(params ReadOnlySpan<string> parts)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Pipeline.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("These tests read the samples: run them from inside the repository.");
        }

        return Path.Combine([root, "samples", .. parts]);
    }

    /// <summary>A YAML file as an editor sees it: plain words are numbers and truth values where they look so.</summary>
    public static string ToJson(string file) => Json(ConfigText.Parse(File.ReadAllText(file), file, new ProblemList())!)!.ToJsonString();

    private static JsonNode? Json(ConfigNode node) => node switch
    {
        { Kind: ConfigKind.Map } => new JsonObject(node.Entries.Select(static e => KeyValuePair.Create(e.Key, Json(e.Value)))),
        { Kind: ConfigKind.List } => new JsonArray([.. node.Items.Select(Json)]),
        { IsNull: true } => null,
        { IsPlain: true, Text: "true" } => true,
        { IsPlain: true, Text: "false" } => false,
        { IsPlain: true } when long.TryParse(node.Text, out var whole) => whole,
        { IsPlain: true } when double.TryParse(node.Text, out var number) => number,
        _ => node.Text,
    };
}
