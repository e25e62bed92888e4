using System.Reflection;
using Xunit;

namespace Penstock.Tests;

/// <summary>A setting that a copy forgets would be ignored without a word.</summary>
public sealed class OptionsCopyTests
{
    [Fact]
    public void ServerOptions_Copy_HoldsEverySetting()
    {
        var options = new ServerOptions("s");
        Change(options);
        Assert.Equal("s", options.Copy().Name);
        AssertSame(options, options.Copy());
    }

    [Fact]
    public void PipelineOptions_Copy_HoldsEverySetting()
    {
        var options = new PipelineOptions();
        Change(options);
        AssertSame(options, options.Copy());
    }

    /// <summary>Sets every setting, those of families too, to something that is not its default.</summary>
    private static void Change(object options)
    {
        foreach (var property in options.GetType().GetProperties())
        {
            var value = property.GetValue(options);
            if (property.CanWrite)
            {
                property.SetValue(options, value switch
                {
                    bool flag => !flag,
                    int number => number + 1,
                    long number => number + 1,
                    TimeSpan time => time + TimeSpan.FromMilliseconds(1),
                    ProtocolEra => ProtocolEra.Legacy,
                    _ when property.PropertyType == typeof(Transport) => new EchoTransport(),
                    _ when property.PropertyType == typeof(TimeProvider) => new Testing.ManualTimeProvider(),
                    _ when property.PropertyType == typeof(Microsoft.Extensions.Logging.ILoggerFactory) =>
                        Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
                    _ => throw new InvalidOperationException($"Teach this test {property.Name}."),
                });
                Assert.NotEqual(value, property.GetValue(options));
            }
            else if (IsFamily(property))
            {
                Change(value!);
            }
        }
    }

    private static void AssertSame(object expected, object actual)
    {
        foreach (var property in expected.GetType().GetProperties())
        {
            if (IsFamily(property))
            {
                AssertSame(property.GetValue(expected)!, property.GetValue(actual)!);
            }
            else
            {
                Assert.True(Equals(property.GetValue(expected), property.GetValue(actual)), property.Name);
            }
        }
    }

    private static bool IsFamily(PropertyInfo property) => property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal);
}
