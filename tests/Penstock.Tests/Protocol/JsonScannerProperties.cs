using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class JsonScannerProperties
{
    [Fact]
    public void TrySkipValue_ValidJson_ReachesItsEnd() => Seeds.Check(2000, static random =>
    {
        var make = new RandomJson(random);
        var json = Encoding.UTF8.GetBytes(make.Space() + make.Value(6) + make.Space());
        Assert.True(IsOneValue(json));
        AssertAgrees(json);
    });

    [Fact]
    public void TrySkipValue_MutatedJson_AgreesWithUtf8JsonReader() => Seeds.Check(10_000, static random =>
    {
        var make = new RandomJson(random);
        AssertAgrees(make.Mutate(Encoding.UTF8.GetBytes(make.Chance(50) ? make.Value(5) : make.Message())));
    });

    [Fact]
    public void TrySkipValue_Garbage_AgreesWithUtf8JsonReader() => Seeds.Check(2000, static random =>
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        AssertAgrees(bytes);
    });

    [Fact]
    public void TrySkipValue_StopAtEveryPlaceOfALongString_IsFound() => Seeds.Check(500, static random =>
    {
        // Across the ends of the vectors.
        var json = Encoding.UTF8.GetBytes('"' + new string('x', random.Next(100)) + '"');
        AssertAgrees(json);
        json[random.Next(json.Length)] = (byte)random.Next(256);
        AssertAgrees(json);
    });

    private static void AssertAgrees(byte[] json)
    {
        var isValid = IsValid(json, out var isObject);
        Assert.Equal(isValid, IsOneValue(json));
        Assert.Equal(isObject && Utf8.IsValid(json), JsonScanner.IsObject(json));
    }

    private static bool IsOneValue(byte[] json)
    {
        var position = 0;
        return JsonScanner.TrySkipValue(json, ref position) && JsonScanner.IsEnd(json, position);
    }

    private static bool IsValid(byte[] json, out bool isObject)
    {
        isObject = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            var isBrace = reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
            }

            isObject = isBrace;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
