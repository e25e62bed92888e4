using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>
/// The schema and the reader of job files say the same of names, types and ranges. What lint alone can tell is left out of the mutations here,
/// and nothing else:
/// what depends on another key (a tool whose server is not there, CSV without a call, a separator of JSON lines, an output that is the input,
/// standard output without errors), templates, ranges of durations and sizes that are text, variables and files, and keys given twice.
/// The other way round, lint takes numbers in quotes, and a key without a value as one that is not there; the schema, which is for editors,
/// does not.
/// </summary>
public sealed class JobSchemaProperties
{
    private static readonly string[] Jobs =
    [
        """
        {"version":1,"servers":{"geo":{"type":"stdio","command":"node","args":["a",1,true],"env":{"K":"v"},"cwd":"/","replicas":2,"maxInFlight":9,"maxStragglers":0,
        "era":"legacy","connectTimeout":"20s","maxRequestBytes":2048,"maxResponseBytes":"1MiB","stopGrace":0},
        "m":{"mock":{"latency":"5ms","latencyJitter":"1.5ms","failRate":0.5,"seed":-7,"era":"modern","pageSize":3}}},
        "input":{"range":10},"call":{"tool":"geo/x","id":"r{{n}}","arguments":{"q":"{{n}}"},"timeout":"2s"},
        "output":{"path":"out.jsonl"},"errors":{"path":"bad.jsonl"},
        "memory":{"budget":"256MiB"},"pipeline":{"callTimeout":"10s","startConcurrency":3,"batch":{"maxCalls":128,"linger":"2ms"}}}
        """,
        """{"version":1,"mcpServers":{"m":{"mock":{}}},"input":{"path":"none.csv","format":"csv","separator":";"},"call":{"tool":"m/echo"},"output":{"path":"o"}}""",
        """{"version":1,"servers":{"m":{"mock":{}}},"input":{"path":"-"},"output":{"path":"o.jsonl"}}""",
    ];

    /// <summary>Values of every type, in and out of every range.</summary>
    private static readonly string[] Values =
    [
        "0", "1", "-1", "2", "257", "1025", "1000001", "16385", "0.5", "1.5", "-0.5", "2147483648", "1125899906842625", "true", "false", "{}", "[]", "{\"zzz\":1}", "[1]", "[{}]",
        "\"\"", "\"x\"", "\"word\"", "\"1s\"", "\"1 s\"", "\"2q\"", "\"1MiB\"", "\"2mib\"", "\".5s\"", "\"auto\"", "\"modern\"", "\"Modern\"", "\"stdio\"", "\"http\"",
        "\"out.gz\"", "\"rows.parquet\"", "\"a/b\"", "\"/b\"", "\"a/\"", "\";\"", "\";;\"",
    ];

    private static readonly string[] Names = ["zzz", "replica", "comand", "path", "range", "tool", "budget", "mock", "command", "latency", "retry", "url", "image", "format", "servers"];

    /// <summary>Paths whose mutations meet rules that only lint has: see above.</summary>
    private static readonly string[] OnlyLint = ["call.arguments", "call.id", "call.tool", "input.format", "input.separator", "output.path", "output.format", "output.append", "errors.path", "input.path", "serversFile"];

    [Fact]
    public void Schema_MutatedJobs_AgreesWithLint()
    {
        var schema = new SchemaCheck(JobSchema.Text);
        using var folder = new TempFolder();
        var (valid, invalid) = (0, 0);
        Seeds.Check(2_000, random =>
        {
            var job = JsonNode.Parse(random.Pick(Jobs))!;
            var what = "nothing";
            for (var i = random.Next(3); i >= 0; i--)
            {
                what += "; " + Mutate(job, "", random);
            }

            var text = job.ToJsonString();
            var problems = Job.Read(folder.Write("job.yaml", text)).Problems.Where(static p => !IsOnlyLint(p.Message)).ToList();
            var isValid = schema.IsValid(text);
            Assert.True(
                isValid == (problems.Count == 0),
                $"the schema says {(isValid ? "valid" : "invalid")}, lint says: {string.Join(" | ", problems)}\nafter {what}:\n{text}");
            _ = isValid ? valid++ : invalid++;
        });
        Assert.True(valid > 100 && invalid > 100, $"{valid} valid and {invalid} invalid jobs show little");
    }

    [Fact]
    public void Schema_SampleJobs_AreValid()
    {
        var schema = new SchemaCheck(JobSchema.Text);
        var jobs = Directory.GetFiles(Guide.PathOf("jobs"), "*.yaml");
        Assert.NotEmpty(jobs);
        Assert.All(jobs, job => Assert.True(schema.IsValid(Guide.ToJson(job)), job));
    }

    /// <summary>The ranges of durations and sizes stand in their descriptions, since a pattern cannot say them; lint has the same.</summary>
    [Fact]
    public void Schema_RangesInDescriptions_AreThoseOfLint()
    {
        using var folder = new TempFolder();
        var count = 0;
        foreach (var (path, key) in SchemaKeys.All().Where(static k => k.Key.Type is "duration" or "wait" or "size"))
        {
            var words = key.Description.Split(' ');
            Assert.True(words is [.., _, "to", _], $"{path}: '{key.Description}' does not end with its range");
            Assert.Empty(Problems(path, words[^3], folder));
            Assert.Empty(Problems(path, words[^1], folder));
            Assert.NotEmpty(Problems(path, Beyond(words[^1]), folder));
            count++;
        }

        Assert.Equal(10, count);
    }

    [Fact]
    public void Schema_DefaultsAndExamples_AreValidThere()
    {
        using var folder = new TempFolder();
        foreach (var (path, key) in SchemaKeys.All())
        {
            foreach (var value in key.Values.Where(_ => path is not ("servers" or "serversFile" or "call.id" or "input.path" or "input.range" or "input.separator" or "call.arguments" or "output.append" or "server.env" or "server.mock" or "server.command" or "version")))
            {
                Assert.Empty(Problems(path, value, folder));
            }
        }
    }

    private static List<JobProblem> Problems(string path, string value, TempFolder folder)
    {
        var rooted = path.Replace("server.mock", "servers.m.mock", StringComparison.Ordinal).Replace("server.", "servers.geo.", StringComparison.Ordinal);
        return Job.Read(folder.Write("job.yaml", Jobs[0]), [$"{rooted}={value}"]).Problems.Where(static p => !IsOnlyLint(p.Message)).ToList();
    }

    /// <summary>One more than the largest, in its unit.</summary>
    private static string Beyond(string value)
    {
        var digits = value.TakeWhile(char.IsAsciiDigit).Count();
        return (int.Parse(value[..digits], CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture) + value[digits..];
    }

    private static bool IsOnlyLint(string message) =>
        message.StartsWith("there is no server '", StringComparison.Ordinal)
        || message.Contains("${env:", StringComparison.Ordinal) || message.Contains("has no calls of its own", StringComparison.Ordinal) || message.Contains("have no calls of their own", StringComparison.Ordinal)
        || message.Contains("means nothing to JSON lines", StringComparison.Ordinal);

    private static string Mutate(JsonNode node, string path, Random random)
    {
        var map = node.AsObject();
        var keys = map.Select(static m => m.Key).ToList();
        switch (random.Next(4))
        {
            case 0 when keys.Count > 0:
                var gone = keys[random.Next(keys.Count)];
                map.Remove(gone);
                return $"removed {path}{gone}";
            case 1 when IsClosed(path):
                var name = random.Pick(Names);
                if (map.ContainsKey(name) || OnlyLint.Contains(path + name) || path + name == "serversFile")
                {
                    return "nothing";
                }

                map[name] = JsonNode.Parse(random.Pick(Values));
                return $"added {path}{name}";
            default:
                if (keys.Count == 0)
                {
                    return "nothing";
                }

                var key = keys[random.Next(keys.Count)];
                if (map[key] is JsonObject && random.Next(4) > 0 && path + key != "call.arguments" && key != "env")
                {
                    return Mutate(map[key]!, $"{path}{key}.", random);
                }

                if (OnlyLint.Contains(path + key) || path == "servers." || path == "mcpServers.")
                {
                    return "nothing";
                }

                map[key] = JsonNode.Parse(random.Pick(Values));
                return $"changed {path}{key}";
        }
    }

    /// <summary>Whether the map has keys of its own, and is not a map by names.</summary>
    private static bool IsClosed(string path) => path is not ("servers." or "mcpServers.");
}
