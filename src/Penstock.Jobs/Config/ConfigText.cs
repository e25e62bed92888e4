using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Penstock.Jobs.Config;

/// <summary>Text to nodes: YAML, and JSON as the subset of it. Builds from parser events, so that every node keeps its line and column.</summary>
internal sealed partial class ConfigText
{
    /// <summary>Deeper nesting is nobody's job file; the recursion below ends here.</summary>
    private const int MaxDepth = 100;

    private const string CoreTag = "tag:yaml.org,2002:";

    /// <summary>Most nodes with aliases written out.</summary>
    private const long MaxSize = 1_000_000;

    private readonly Func<Mark, string> _place;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private readonly Dictionary<string, ConfigNode?> _anchors = [];

    private ConfigText(string text, Func<Mark, string> place, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        _place = place;
        _problems = problems;
    }

    /// <summary>The root, or null if the text is not YAML; then the list has a new problem.</summary>
    public static ConfigNode? Parse(string text, string file, ProblemList problems) =>
        Parse(text, mark => $"{file}:{mark.Line}:{mark.Column}", problems);

    /// <summary>A value of the command line, whose place is the option itself.</summary>
    public static ConfigNode? ParseOption(string text, string place, ProblemList problems) =>
        Parse(text, _ => place, problems);

    private static ConfigNode? Parse(string text, Func<Mark, string> place, ProblemList problems)
    {
        try
        {
            return new ConfigText(text, place, problems).Document();
        }
        catch (YamlException e) when (e.Message.Contains(" tab ", StringComparison.Ordinal) && Tab(text) is { } tab)
        {
            problems.Add(place(tab), "", "a tab in the indentation; YAML wants spaces, replace it");
            return null;
        }
        catch (YamlException e)
        {
            problems.Add(place(e.Start), "", $"not YAML or JSON: {Sentence(e.Message)}; check the indentation and quotes around here");
            return null;
        }
        catch (InvalidOperationException)
        {
            problems.Add(place(Mark.Empty), "", "not YAML or JSON: a bracket or a quote is never closed; check the end of the file");
            return null;
        }
    }

    /// <summary>
    /// The first line that is indented with a tab: what the parser says of it is told about the line before. Block text is passed over: tabs are
    /// part of it.
    /// </summary>
    private static Mark? Tab(string text)
    {
        var lines = text.Split('\n');
        int? block = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].AsSpan();
            var indented = line.IndexOfAnyExcept(' ');
            if (indented < 0 || line.Trim().IsEmpty || indented > block)
            {
                continue;
            }

            if (line[indented] == '\t')
            {
                return new Mark(0, i + 1, indented + 1);
            }

            block = BlockStart().IsMatch(line) ? indented : null;
        }

        return null;
    }

    [GeneratedRegex(@"(^|[\s:-])[|>][-+0-9]*\s*(\s#.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex BlockStart();

    private static string Sentence(string message) => message.ReplaceLineEndings(" ").TrimEnd('.');

    private ConfigNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            return new ConfigNode(ConfigKind.Scalar, _place(Mark.Empty)) { IsPlain = true };
        }

        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Current is DocumentStart more)
        {
            _problems.Add(_place(more.Start), "", "a second document; a file holds one, remove the '---' and what follows");
        }

        return root;
    }

    private ConfigNode Node(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"nested deeper than {MaxDepth}");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw new YamlException(alias.Start, alias.End, $"the alias '*{alias.Value.Value}' has no anchor that ended before it");
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return Keep(scalar, Scalar(scalar));
        }

        return _parser.TryConsume<MappingStart>(out var map) ? Keep(map, Map(map, depth)) : Keep(_parser.Current as NodeEvent, List(depth));
    }

    private ConfigNode Scalar(Scalar scalar)
    {
        // "!!str 5" is text, and "!!int '5'" a number; "!" alone says that a scalar is text.
        var tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        if (tag.Length > 0 && tag is not ("!" or CoreTag + "str" or CoreTag + "int" or CoreTag + "float" or CoreTag + "bool" or CoreTag + "null"))
        {
            _problems.Add(_place(scalar.Start), "", $"the tag {tag} means nothing here; remove it");
        }

        return new(ConfigKind.Scalar, _place(scalar.Start)) { Text = scalar.Value, IsPlain = tag.Length == 0 ? scalar.Style == ScalarStyle.Plain : tag is not ("!" or CoreTag + "str") };
    }

    private ConfigNode Map(MappingStart start, int depth)
    {
        var node = new ConfigNode(ConfigKind.Map, _place(start.Start));
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var at = _parser.Current!.Start;
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            Grow(node, key, at);
            Grow(node, value, at);
            if (key is { Text: "<<", IsPlain: true })
            {
                _problems.Add(key.Place, "<<", "keys are not merged here; write them out, or use an alias for the whole map");
            }
            else if (key.Kind != ConfigKind.Scalar)
            {
                _problems.Add(key.Place, "", "a key that is not text; a template such as {{n}} needs quotes: \"{{n}}\"");
            }
            else if (node.Find(key.Text) is not null)
            {
                _problems.Add(key.Place, key.Text, "the key is given twice; remove one");
            }
            else
            {
                node.Entries.Add(new ConfigEntry(key.Text, key.Place, value));
            }
        }

        return node;
    }

    private ConfigNode List(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var node = new ConfigNode(ConfigKind.List, _place(start.Start));
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            var at = _parser.Current!.Start;
            var item = Node(depth + 1);
            Grow(node, item, at);
            node.Items.Add(item);
        }

        return node;
    }

    private ConfigNode Keep(NodeEvent? start, ConfigNode node)
    {
        if (start is { Anchor.IsEmpty: false })
        {
            _anchors[start.Anchor.Value] = node;
        }

        return node;
    }

    private static void Grow(ConfigNode parent, ConfigNode child, Mark at)
    {
        parent.Size += child.Size;
        if (parent.Size > MaxSize)
        {
            throw new YamlException(at, at, $"more than {MaxSize:N0} nodes with its aliases written out");
        }
    }
}
