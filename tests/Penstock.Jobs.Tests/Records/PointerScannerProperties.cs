using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Records;
using Xunit;

namespace Penstock.Jobs.Tests.Records;

/// <summary>What the scanner finds is what System.Text.Json finds, member by member.</summary>
public sealed class PointerScannerProperties
{
    private static readonly string[] Tokens = ["a", "b", "", "0", "1", "2", "01", "-", "a~1b", "m~0n", "ø", "😀", "q\""];

    [Fact]
    public void Find_AnyJsonAndPointers_FindsWhatADocumentFinds() => Seeds.Check(4000, static random =>
    {
        var json = Encoding.UTF8.GetBytes(random.Next(4) == 0 ? RandomJson.Value(random) : RandomJson.Object(random));
        var pointers = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pointer(random)).ToList();
        Assert.Equal(pointers.Select(p => Expected(json, p)), Find(json, pointers));
    });

    [Fact]
    public void Find_CutJson_NeverReadsBeyondIt() => Seeds.Check(2000, static random =>
    {
        var json = Encoding.UTF8.GetBytes(RandomJson.Object(random));
        var cut = random.Next(2) == 0 ? json[..random.Next(json.Length)] : random.Bytes(20);
        Find(cut, [.. Enumerable.Range(0, 3).Select(_ => Pointer(random))]);
    });

    [Theory]
    [InlineData("", """{"a":1}""")]
    [InlineData("/a", "1")]
    [InlineData("/b", null)]
    [InlineData("/a/x", null)]
    public void Find_OnePointer_FindsItsValue(string pointer, string? expected) => Assert.Equal([expected], Find("""{"a":1}"""u8.ToArray(), [pointer]));

    /// <summary>What a first member of the name held is not left over, in part or whole.</summary>
    [Fact]
    public void Find_MemberThatIsGivenTwice_TakesTheLastAsAWhole() => Assert.Equal(
        ["1", null, "{\"c\":1}"], Find("""{"a":{"b":1,"c":2},"a":{"c":1}}"""u8.ToArray(), ["/a/c", "/a/b", "/a"]));

    [Theory]
    [InlineData("lat", "it must begin with a slash; write /lat")]
    [InlineData("#/lat", "it must begin with a slash; write /lat")]
    [InlineData("/a~", "'~' must be followed by 0 or 1; write ~0 for '~', and ~1 for '/' within a name")]
    [InlineData("/a~2", "'~' must be followed by 0 or 1; write ~0 for '~', and ~1 for '/' within a name")]
    [InlineData("/a~01b", null)]
    [InlineData("/", null)]
    [InlineData("", null)]
    public void WhyInvalid_Text_SaysWhyAndWhatToWrite(string text, string? expected) => Assert.Equal(expected, JsonPointer.WhyInvalid(text));

    private static string Pointer(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "/" + random.Pick(Tokens)));

    private static List<string?> Find(byte[] json, List<string> pointers)
    {
        using var scanner = new PointerScanner([.. pointers.Select(static p => new JsonPointer(p))]);
        var places = new JsonPlace[pointers.Count];
        scanner.Find(json, places);
        return [.. places.Select(p => p.Length == 0 ? null : Encoding.UTF8.GetString(p.Of(json)))];
    }

    private static string? Expected(byte[] json, string pointer)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement;
        foreach (var token in new JsonPointer(pointer).Tokens)
        {
            var isIndex = int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index.ToString(CultureInfo.InvariantCulture) == token;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(token, out var member))
            {
                value = member;
            }
            else if (value.ValueKind == JsonValueKind.Array && isIndex && index < value.GetArrayLength())
            {
                value = value[index];
            }
            else
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(value));
    }
}
