using Xunit;

namespace Penstock.Jobs.Tests.Config;

/// <summary>What is wrong with a job file, and where: line, column, path, cause and remedy.</summary>
public sealed class JobFileTests
{
    private const string Good =
        """
        version: 1
        servers:
          geo:
            command: node
        input: { path: rows.jsonl }
        output: { path: out.jsonl }
        """;

    /// <summary>A replacement character in place of a letter would be sent, row by row.</summary>
    [Fact]
    public void Read_JobFileInAnotherEncoding_IsRefusedByLine()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.Of("job.yaml"), [.. "version: 1\n# Z"u8, 0xFC, .. "rich\n"u8]);
        var problem = Assert.Single(Job.Read(folder.Of("job.yaml")).Problems).ToString();
        Assert.EndsWith("job.yaml: line 2 is not UTF-8: byte 3 is 0xFC; convert the file, for example with iconv -f WINDOWS-1252 -t UTF-8", problem, StringComparison.Ordinal);

        File.WriteAllBytes(folder.Of("key"), [(byte)'k', 0xFC]);
        Assert.Equal(["5:10: servers.geo.cwd: 'KEY': line 1 is not UTF-8: byte 1 is 0xFC; convert the file, for example with iconv -f WINDOWS-1252 -t UTF-8"],
            Problems(Good.Replace("    command: node\n", $"    command: node\n    cwd: ${{file:{folder.Of("key")}}}\n", StringComparison.Ordinal)).Select(p => p.Replace(folder.Of("key"), "KEY", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("output.path=out #1.jsonl", "out #1.jsonl")]
    [InlineData("output.path=\"a #b.jsonl\" # comment", "a #b.jsonl")]
    [InlineData("output={ path: x.jsonl } # comment", "x.jsonl")]
    public void Read_OverrideWithANumberSign_IsNotCut(string set, string path)
    {
        using var folder = new TempFolder();
        Assert.Equal(path, Job.Load(folder.Write("job.yaml", Good), [set]).OutputPath);
    }

    [Fact]
    public void Read_TagsAndMergedKeys_AreToldOf()
    {
        Assert.Contains(Problems(Good + "\ncall: { tool: geo/echo, arguments: { q: !secret x } }\n"), static p => p.Contains("the tag !secret means nothing here; remove it", StringComparison.Ordinal));
        Assert.Contains(Problems(Good + "\ncall: { tool: geo/echo, arguments: { <<: { a: 1 } } }\n"), static p => p.Contains("keys are not merged here", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_OverrideOfAnAlias_LeavesItsAnchorAlone()
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", "version: 1\nservers: { a: &s { command: node, env: { K: x } }, b: *s }\ninput: { range: 1 }\ncall: { tool: a/t }\noutput: { path: o.jsonl }\n");
        var job = Job.Load(path, ["servers.b.command=deno", "servers.b.env.K=y"]);
        Assert.Equal([("node", "x"), ("deno", "y")], job.Servers.Select(static s => (s.Command!, s.Environment["K"]!)));
    }

    /// <summary>A tab within text is none of YAML's business.</summary>
    [Fact]
    public void Read_TabInTheIndentation_IsToldWhereItIs() =>
        Assert.Contains(Problems("version: 1\ncall:\n  tool: a/b\n  arguments:\n    text: |\n      \tok\n    more: 1\ninput:\n\tpath: x\n"), static p => p.StartsWith("9:1: a tab in the indentation", StringComparison.Ordinal));

    [Theory]
    [InlineData("job.yml", "job.yml: cannot be read: there is no such file; did you mean FOLDER/job.yaml?")]
    [InlineData("elsewhere.yml", "elsewhere.yml: cannot be read: there is no such file; check the path")]
    [InlineData("rows.csv", "rows.csv: is a table, and not a job file; a job names it as its input: penstock init --input FOLDER/rows.csv writes one")]
    [InlineData("rows.jsonl.gz", "rows.jsonl.gz: is a table, and not a job file; a job names it as its input: penstock init --input FOLDER/rows.jsonl.gz writes one")]
    public void Read_WhatIsNoJobFile_SaysWhatItIs(string name, string expected)
    {
        using var folder = new TempFolder();
        folder.Write("job.yaml", "version: 1\n");
        folder.Write("rows.csv", "a,b\n");
        folder.Write("rows.jsonl.gz", "x");
        var problem = Assert.Single(Job.Read(folder.Of(name)).Problems);
        Assert.Equal(expected.Replace("FOLDER", folder.Of("x")[..^2], StringComparison.Ordinal), problem.ToString()[(folder.Of("x").Length - 1)..]);
    }

    [Theory]
    [InlineData("replica: 2", "5:5: servers.geo.replica: unknown key; did you mean 'replicas'?")]
    [InlineData("maxInflight: 2", "5:5: servers.geo.maxInflight: unknown key; did you mean 'maxInFlight'?")]
    [InlineData("comand: x", "5:5: servers.geo.comand: unknown key; did you mean 'command'?")]
    [InlineData("replicas: many", "5:15: servers.geo.replicas: 'many' is not valid here; use a whole number from 1 to 1,024")]
    [InlineData("validate: maybe", "5:15: servers.geo.validate: 'maybe' is not known; use true, false")]
    [InlineData("replicas: 0", "5:15: servers.geo.replicas: '0' is not valid here; use a whole number from 1 to 1,024")]
    [InlineData("replicas: [1]", "5:15: servers.geo.replicas: must be one value, not a list or a map")]
    [InlineData("args: x", "5:11: servers.geo.args: must be a list; write it as [a, b]")]
    [InlineData("args: [a, { b: c }]", "5:15: servers.geo.args[1]: must be one value, not a list or a map")]
    [InlineData("env: x", "5:10: servers.geo.env: must be a map; write it as 'key: value' lines or { key: value }")]
    [InlineData("era: moderm", "5:10: servers.geo.era: 'moderm' is not known; use modern")]
    [InlineData("connectTimeout: 5", "5:21: servers.geo.connectTimeout: '5' is not valid here; use 1ms to 1h, as a number with ms, s, m or h, for example 2s")]
    [InlineData("maxRequestBytes: 1", "5:22: servers.geo.maxRequestBytes: '1' is not valid here; use 1KiB to 1GiB, as bytes, or a number with KB, MB, GB, KiB, MiB or GiB, for example 256MiB")]
    [InlineData("mock: {}", "5:11: servers.geo.mock: given beside 'command'; keep one of them")]
    [InlineData("command: deno", "5:5: command: the key is given twice; remove one")]
    [InlineData("env: { K: \"${env:PENSTOCK_NO_SUCH}\" }", "5:15: servers.geo.env.K: the environment variable PENSTOCK_NO_SUCH is not set; export it before the command, or give it in an --env-file")]
    [InlineData("cwd: ${vault:x}", "5:10: servers.geo.cwd: '${vault:x}' is not known here; use ${env:NAME} or ${file:path}")]
    [InlineData("cwd: ${env:x", "5:10: servers.geo.cwd: '${' is never closed; write ${env:NAME} or ${file:path}")]
    [InlineData("type: sse", "5:11: servers.geo.type: servers behind a URL are not built yet; use a command")]
    [InlineData("url: https://x", "5:10: servers.geo.url: servers behind a URL are not built yet; use a command")]
    [InlineData("rate: { permitsPerSecond: 5 }", "5:5: servers.geo.rate: not built yet; remove the key")]
    [InlineData("image: geo:1.4", "5:5: servers.geo.image: not built yet; remove the key")]
    [InlineData("breaker: {}", "5:5: servers.geo.breaker: not built yet; remove the key")]
    public void Read_WrongLineOfServer_NamesPlacePathAndRemedy(string line, string expected) =>
        Assert.Equal([expected], Problems(Good.Replace("    command: node\n", $"    command: node\n    {line}\n", StringComparison.Ordinal)));

    [Theory]
    [InlineData("journal: {}", "7:1: journal: not built yet; remove the key")]
    [InlineData("metrics: { port: 9090 }", "7:1: metrics: not built yet; remove the key")]
    [InlineData("lanes: []", "7:1: lanes: not built yet; remove the key")]
    [InlineData("pipeline: { breaker: { onOpen: pause } }", "7:13: pipeline.breaker: not built yet; remove the key")]
    [InlineData("pipeline: { retry: { jitter: true } }", "7:13: pipeline.retry: not built yet; remove the key")]
    [InlineData("pipeline: { callTimeuot: 1s }", "7:13: pipeline.callTimeuot: unknown key; did you mean 'callTimeout'?")]
    [InlineData("pipeline: { callTimeout: 25h }", "7:26: pipeline.callTimeout: '25h' is not valid here; use 1ms to 24h, as a number with ms, s, m or h, for example 2s")]
    [InlineData("pipeline: { batch: { maxCalls: 257 } }", "7:32: pipeline.batch.maxCalls: '257' is not valid here; use a whole number from 1 to 256")]
    [InlineData("memory: { budget: lots }", "7:19: memory.budget: 'lots' is not valid here; use 1MiB to 1TiB, as bytes, or a number with KB, MB, GB, KiB, MiB or GiB, for example 256MiB")]
    [InlineData("zzz: 1", "7:1: zzz: unknown key; valid here: version, servers, mcpServers, serversFile, input, call, output, errors, memory, pipeline")]
    [InlineData("errors: { path: ./out.jsonl }", "7:9: errors: is the output's file; give it another path")]
    [InlineData("errors: { path: \"-\" }", "7:9: errors: must be a file; give it a path")]
    [InlineData("call: { arguments: {} }", "7:7: call.tool: missing; add 'tool: server/tool'")]
    [InlineData("call: { tool: echo }", "7:15: call.tool: 'echo' is not a tool; write it as geo/echo")]
    [InlineData("call: { tool: goe/echo }", "7:15: call.tool: there is no server 'goe'; use geo")]
    [InlineData("call: { tool: geo/echo, arguments: [1] }", "7:36: call.arguments: must be a map, or one \"{{column}}\" that holds an object")]
    [InlineData("call: { tool: geo/echo, arguments: { q: \"{{x\" } }", "7:41: call.arguments.q: '{{' is never closed; write {{column}}")]
    [InlineData("call: { tool: geo/echo, arguments: { q: \"{{}}\" } }", "7:41: call.arguments.q: '{{}}' names no column; write {{column}}")]
    [InlineData("call: { tool: geo/echo, arguments: { q: {{n}} } }", "7:42: a key that is not text; a template such as {{n}} needs quotes: \"{{n}}\"")]
    [InlineData("call: { tool: geo/echo, arguments: { q: 0x1F } }", "7:41: call.arguments.q: 0x1F is not a number of JSON; put it in quotes if it is text, or write it as a decimal number")]
    [InlineData("mcpServers: { a: { command: b } }", "7:13: mcpServers: given beside 'servers'; keep one of them")]
    public void Read_WrongLastLine_NamesPlacePathAndRemedy(string line, string expected) => Assert.Equal([expected], Problems($"{Good}\n{line}"));

    [Theory]
    [InlineData("", "1:1: the file is empty; start with 'version: 1'")]
    [InlineData("just text", "1:1: must be a map; write it as 'key: value' lines or { key: value }")]
    [InlineData("version: 1\n---\nversion: 1", "2:1: a second document; a file holds one, remove the '---' and what follows")]
    public void Read_NoJobAtAll_SaysSoFirst(string text, string expected) => Assert.Equal(expected, Problems(text)[0]);

    [Theory]
    [InlineData("a: [1, 2")]
    [InlineData("a: \"x")]
    [InlineData("a: b: c")]
    [InlineData("a: *nothing")]
    public void Read_NotYaml_IsOneProblemWithItsLine(string text)
    {
        var problem = Assert.Single(Problems(text));
        Assert.Matches(@"^\d+:\d+: not YAML or JSON: ", problem);
    }

    [Fact]
    public void Read_Nothing_NamesEveryMissingKey() => Assert.Equal(
        [
            "1:1: version: missing; add 'version: 1'",
            "1:1: servers: missing; add 'servers:', 'mcpServers:' or 'serversFile:'",
            "1:1: input: missing; add 'input: { path: rows.jsonl }' or 'input: { range: 1000 }'",
            "1:1: output: missing; add 'output: { path: out.jsonl }'",
        ],
        Problems("{}"));

    [Theory]
    [InlineData("input: { path: rows.jsonl }", "input: {}", "5:8: input: must have exactly one of 'path' and 'range'; give one")]
    [InlineData("input: { path: rows.jsonl }", "input: { path: a, range: 1 }", "5:8: input: must have exactly one of 'path' and 'range'; give one")]
    [InlineData("input: { path: rows.jsonl }", "input: { path: rows.csv }", "1:1: call: missing, and CSV has no calls of its own; add 'call: { tool: server/tool, arguments: { q: \"{{column}}\" } }'")]
    [InlineData("input: { path: rows.jsonl }", "input: { path: rows.parquet }", "5:16: input.path: .parquet input is not built yet; convert it to CSV or JSON lines")]
    [InlineData("input: { path: rows.jsonl }", "input: { range: -1 }", "5:17: input.range: '-1' is not valid here; use a whole number from 0 to 1,125,899,906,842,624")]
    [InlineData("output: { path: out.jsonl }", "output: {}", "6:9: output.path: missing; add a path, for example output.jsonl")]
    [InlineData("output: { path: out.jsonl }", "output: { path: out.gz }", "6:17: output.path: compressed records are not built yet; drop the .gz")]
    [InlineData("output: { path: out.jsonl }", "output: { path: a/out.csv }", "6:17: output.path: records are JSON lines: name it a/out.jsonl, or give output.append, as 'append: { name: /structuredContent/name }', for a table")]
    [InlineData("output: { path: out.jsonl }", "output: { path: out.tsv, format: jsonl }", "6:17: output.path: records are JSON lines: name it out.jsonl, or give output.append, as 'append: { name: /structuredContent/name }', for a table")]
    [InlineData("output: { path: out.jsonl }", "output: { path: out.jsonl }\nerrors: { path: bad.CSV }", "7:17: errors.path: records are JSON lines: name it bad.jsonl; failed rows have no table")]
    [InlineData("output: { path: out.jsonl }", "output: { path: \"${env:PENSTOCK_NO_SUCH}/out.jsonl\" }", "6:17: output.path: the environment variable PENSTOCK_NO_SUCH is not set; export it before the command, or give it in an --env-file")]
    [InlineData("output: { path: out.jsonl }", "output: { path: \"-\" }", "6:9: errors: missing, and standard output has no name to derive it from; add 'errors: { path: errors.jsonl }', or --set errors.path=errors.jsonl")]
    [InlineData("version: 1", "version: 2", "1:10: version: '2' is not known here; use 1")]
    [InlineData("    command: node", "    replicas: 2", "4:5: servers.geo: does not say how to run the server; add 'command:' or 'mock: {}'")]
    [InlineData("    command: node", "    mock: { failRate: 2 }", "4:23: servers.geo.mock.failRate: '2' is not valid here; use a number from 0 to 1, for example 0.01")]
    [InlineData("    command: node", "    mock: { latncy: 1ms }", "4:13: servers.geo.mock.latncy: unknown key; did you mean 'latency'?")]
    [InlineData("    command: node", "    url: http://x", "4:10: servers.geo.url: servers behind a URL are not built yet; use a command")]
    [InlineData("  geo:", "  \"g/o\":", "3:3: servers.g/o: not a server's name; use 1 to 128 of A-Z a-z 0-9 _ . -")]
    public void Read_WrongInsteadOfRight_NamesPlacePathAndRemedy(string right, string wrong, string expected) =>
        Assert.Contains(expected, Problems(Good.Replace(right, wrong, StringComparison.Ordinal)));

    [Fact]
    public void Read_RangeWithoutCall_AsksForOne() => Assert.Single(
        Problems(Good.Replace("path: rows.jsonl", "range: 5", StringComparison.Ordinal)),
        static p => p.StartsWith("1:1: call: missing, and a range has no calls of its own; ", StringComparison.Ordinal));

    [Fact]
    public void Read_ColumnThatARangeLacks_NamesThoseItHas() => Assert.Equal(
        ["7:41: call.arguments.q: the input has no column 'm'; did you mean 'n'? It has: n"],
        Problems(Good.Replace("path: rows.jsonl", "range: 5", StringComparison.Ordinal) + "\ncall: { tool: geo/echo, arguments: { q: \"{{m}}\" } }"));

    [Fact]
    public void Read_ManyProblems_TellsAllOfThem()
    {
        var problems = Problems("version: 2\nservers: { a: { comand: x }, b: { replicas: x } }\ninput: {}\noutput: { pth: x }\nzzz: 1");
        Assert.Equal(9, problems.Count);
        Assert.Equal(problems.Count, problems.Distinct().Count());
    }

    [Fact]
    public void Read_NoSuchFile_SaysSo()
    {
        using var folder = new TempFolder();
        var (job, problems) = Job.Read(folder.Of("none.yaml"));
        Assert.Null(job);
        Assert.Contains("there is no such file", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path: ''", "5:16: input.path: is empty; give a file, or - for standard input")]
    [InlineData("path: rows.jsonl, separator: ';'", "5:39: input.separator: means nothing to JSON lines; add 'format: csv', or remove it")]
    public void Read_InputThatCannotBeMeant_IsAProblem(string input, string problem) =>
        Assert.Equal([problem], Problems(Good.Replace("path: rows.jsonl", input, StringComparison.Ordinal)));

    [Theory]
    [InlineData("append: { lat: lat }", "6:41: output.append.lat: 'lat' is not a JSON pointer: it must begin with a slash; write /lat")]
    [InlineData("append: { lat: \"/a~2\" }", "6:41: output.append.lat: '/a~2' is not a JSON pointer: '~' must be followed by 0 or 1; write ~0 for '~', and ~1 for '/' within a name")]
    [InlineData("append: { lat: }", "6:41: output.append.lat: must be a JSON pointer into the tool's result; write it as /structuredContent/name")]
    [InlineData("append: { lat: [a] }", "6:41: output.append.lat: must be a JSON pointer into the tool's result; write it as /structuredContent/name")]
    [InlineData("append: { n: /a }", "6:36: output.append.n: the input has a column 'n' already; give this one another name")]
    [InlineData("append: {}", "6:34: output.append: is empty; add 'name: /structuredContent/name', or remove it")]
    [InlineData("append: x", "6:34: output.append: must be a map; write it as 'key: value' lines or { key: value }")]
    [InlineData("format: csv", "6:34: output.format: records are JSON lines; remove it, or add 'append: { name: /structuredContent/name }' for the input's columns and what is appended to them")]
    [InlineData("format: xml", "6:34: output.format: 'xml' is not known; use csv, tsv, jsonl")]
    public void Read_WrongAppend_NamesPlacePathAndRemedy(string wrong, string expected) => Assert.Equal(
        [expected],
        Problems(Good.Replace("path: rows.jsonl", "range: 5", StringComparison.Ordinal).Replace("out.jsonl }", $"out.csv, {wrong} }}", StringComparison.Ordinal)
            + "\ncall: { tool: geo/echo, arguments: { q: \"{{n}}\" } }"));

    [Theory]
    [InlineData("", "6:36: output.append: lines that are calls already have no columns; remove it, or add 'call:' with a template")]
    [InlineData("call: { tool: geo/echo, arguments: { q: \"{{x}}\" } }", "6:34: output.append: the members of JSON lines are not known beforehand, so that a table of them has no header; add 'format: jsonl' to the output")]
    public void Read_AppendToRowsWithoutColumns_IsAProblem(string call, string expected) => Assert.Equal(
        [expected],
        Problems(Good.Replace("out.jsonl }", $"out.{(call.Length == 0 ? "jsonl" : "tsv")}, append: {{ lat: /a }} }}", StringComparison.Ordinal) + "\n" + call));

    [Fact]
    public void Read_Folder_SaysSo()
    {
        using var folder = new TempFolder();
        Assert.Equal("is a folder; give a file", Assert.Single(Job.Read(folder.Path).Problems).Message);
    }

    [Fact]
    public void Read_TabInTheIndentation_NamesItsLine()
    {
        Assert.Equal(["2:1: a tab in the indentation; YAML wants spaces, replace it"], Problems("version: 1\n\tservers: {}"));
        Assert.Equal(["3:1: a tab in the indentation; YAML wants spaces, replace it"], Problems("version: 1\nservers:\n\tgeo: {}\n"));
    }

    /// <summary>Between brackets tabs mean nothing, and other people's JSON is full of them.</summary>
    [Fact]
    public void Read_TabsInJson_AreFine() => Assert.DoesNotContain(
        Problems("{\n\t\"version\": 1,\n\t\"servers\": { \"a\": { \"command\": \"x\" } },\n\t\"output\": {}, oops\n\t]"),
        static p => p.Contains("tab", StringComparison.Ordinal));

    [Fact]
    public void Read_PathThatIsAList_IsOneProblem() => Assert.Equal(
        ["6:17: output.path: must be one value, not a list or a map"],
        Problems(Good.Replace("path: out.jsonl", "path: [a]", StringComparison.Ordinal)));

    [Fact]
    public void Load_VariablesInPaths_AreFilledInAndNoSecrets()
    {
        Environment.SetEnvironmentVariable("PENSTOCK_TEST_FOLDER", "some/where");
        using var folder = new TempFolder();
        folder.Write("day", "monday\n");
        var text = Good.Replace("rows.jsonl", "\"${env:PENSTOCK_TEST_FOLDER}/${file:day}.jsonl\"", StringComparison.Ordinal)
            .Replace("out.jsonl", "\"${env:PENSTOCK_TEST_FOLDER}/${out}.jsonl\"", StringComparison.Ordinal);

        var job = Job.Load(folder.Write("job.yaml", text));

        Assert.Equal(("some/where/monday.jsonl", "some/where/${out}.jsonl"), (job.Input.Path, job.OutputPath));
        Assert.Equal("some/where", job.Secrets.Redact("some/where"));
    }

    [Fact]
    public void Load_WrongFile_ThrowsEveryProblemWithTheConfigCode()
    {
        using var folder = new TempFolder();
        var thrown = Assert.Throws<JobException>(() => Job.Load(folder.Write("job.yaml", "{}")));
        Assert.Equal(JobExitCode.Config, thrown.ExitCode);
        Assert.Equal(4, thrown.Problems.Count);
    }

    /// <summary>Problems as text, without the file's name.</summary>
    private static List<string> Problems(string text)
    {
        using var folder = new TempFolder();
        var path = folder.Write("job.yaml", text.ReplaceLineEndings("\n"));
        return [.. Job.Read(path).Problems.Select(p => p.ToString().Replace(path + ":", "", StringComparison.Ordinal))];
    }
}
