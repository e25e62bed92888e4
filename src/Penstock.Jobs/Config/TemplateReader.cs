using System.Buffers;
using System.Text.RegularExpressions;
using Penstock.Jobs.Bytes;
using Penstock.Jobs.Rows;

namespace Penstock.Jobs.Config;

/// <summary>Compiles nodes with <c>{{column}}</c> in their strings to JSON with holes.</summary>
/// <param name="known">The input's columns, if they are known beforehand; else null.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed partial class TemplateReader(IReadOnlyList<string>? known, ProblemList problems) : IDisposable
{
    private readonly List<string> _columns = [];
    private readonly List<Segment> _segments = [];

    /// <summary>The keys that lead to the value at hand, and to each value so far that is one column alone.</summary>
    private readonly List<string> _keys = [];
    private readonly List<IReadOnlyList<string>> _holes = [];
    private readonly ByteBuffer _literal = new(256);

    public IReadOnlyList<string> Columns => _columns;

    /// <summary>Whether the node is a string and nothing but one <c>{{column}}</c>.</summary>
    public static bool IsLone(ConfigNode node) => node is { Kind: ConfigKind.Scalar, IsPlain: false } && LonePattern().IsMatch(node.Text);

    /// <summary>A template for any JSON value.</summary>
    public JsonTemplate Value(ConfigNode node, string path)
    {
        AppendValue(node, path);
        return Take();
    }

    /// <summary>A template for a JSON string, whatever the node looks like.</summary>
    public JsonTemplate String(ConfigNode node, string path)
    {
        AppendString(node, path);
        return Take();
    }

    public void Dispose() => _literal.Dispose();

    [GeneratedRegex(@"^\{\{[^{}]*\}\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LonePattern();

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex JsonNumber();

    [GeneratedRegex(@"^([-+]?[0-9][0-9_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|0o[0-7]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", RegexOptions.CultureInvariant)]
    private static partial Regex OtherNumber();

    private JsonTemplate Take()
    {
        EndLiteral();
        var template = new JsonTemplate([.. _segments], _columns, [.. _holes]);
        _segments.Clear();
        _holes.Clear();
        return template;
    }

    private void AppendValue(ConfigNode node, string path)
    {
        switch (node.Kind)
        {
            case ConfigKind.Map:
                AppendMap(node, path);
                break;
            case ConfigKind.List:
                AppendList(node, path);
                break;
            default:
                AppendScalar(node, path);
                break;
        }
    }

    private void AppendMap(ConfigNode node, string path)
    {
        _literal.Append((byte)'{');
        var isFirst = true;
        var mayBeLeftOut = false;
        foreach (var (key, _, value) in node.Entries)
        {
            var place = MapReader.Join(path, key);
            _keys.Add(key);
            if (IsLone(value))
            {
                mayBeLeftOut = true;
                AppendColumn(SegmentKind.Member, value, place, Key(key));
            }
            else
            {
                if (mayBeLeftOut)
                {
                    // Whether a comma belongs here is known only when a row has filled what stands before.
                    EndLiteral();
                    _segments.Add(new Segment(SegmentKind.Key, Key(key)));
                }
                else
                {
                    _literal.Append(isFirst ? [] : ","u8);
                    _literal.Append(Key(key));
                }

                AppendValue(value, place);
            }

            isFirst = false;
            _keys.RemoveAt(_keys.Count - 1);
        }

        _literal.Append((byte)'}');
    }

    private void AppendList(ConfigNode node, string path)
    {
        _literal.Append((byte)'[');
        _keys.Add(HoleType.Item);
        for (var i = 0; i < node.Items.Count; i++)
        {
            _literal.Append(i == 0 ? [] : ","u8);
            AppendValue(node.Items[i], $"{path}[{i}]");
        }

        _keys.RemoveAt(_keys.Count - 1);
        _literal.Append((byte)']');
    }

    private static byte[] Key(string key)
    {
        using var bytes = new ByteBuffer(64);
        JsonText.AppendString(bytes, key);
        bytes.Append((byte)':');
        return bytes.Span.ToArray();
    }

    private void AppendScalar(ConfigNode node, string path)
    {
        if (IsLone(node))
        {
            AppendColumn(SegmentKind.Value, node, path, []);
        }
        else if (!node.IsPlain)
        {
            AppendString(node, path);
        }
        else if (node.IsNull)
        {
            _literal.Append("null"u8);
        }
        else if (node.Text is "true" or "True" or "TRUE")
        {
            _literal.Append("true"u8);
        }
        else if (node.Text is "false" or "False" or "FALSE")
        {
            _literal.Append("false"u8);
        }
        else if (JsonNumber().IsMatch(node.Text))
        {
            _literal.AppendText(node.Text);
        }
        else
        {
            if (OtherNumber().IsMatch(node.Text))
            {
                problems.Add(node, path, $"{node.Text} is not a number of JSON; put it in quotes if it is text, or write it as a decimal number");
            }

            AppendString(node, path);
        }
    }

    private void AppendString(ConfigNode node, string path)
    {
        if (node.Kind != ConfigKind.Scalar)
        {
            problems.Add(node, path, "must be one value, not a list or a map");
            return;
        }

        var text = node.Text;
        var done = 0;
        _literal.Append((byte)'"');
        for (var start = text.IndexOf("{{", StringComparison.Ordinal); start >= 0; start = text.IndexOf("{{", done, StringComparison.Ordinal))
        {
            var end = text.IndexOf("}}", start, StringComparison.Ordinal);
            if (end < 0)
            {
                problems.Add(node, path, "'{{' is never closed; write {{column}}");
                break;
            }

            AppendEscaped(text[done..start]);
            EndLiteral();
            _segments.Add(new Segment(SegmentKind.Text, [], ColumnOf(text[(start + 2)..end], node, path)));
            done = end + 2;
        }

        AppendEscaped(text[done..]);
        _literal.Append((byte)'"');
    }

    private void AppendEscaped(string text) => JsonText.AppendEscaped(_literal, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A value that is one column alone.</summary>
    private void AppendColumn(SegmentKind kind, ConfigNode node, string path, byte[] key)
    {
        EndLiteral();
        _segments.Add(new Segment(kind, key, ColumnOf(node.Text[2..^2], node, path), _holes.Count));
        _holes.Add([.. _keys]);
    }

    private int ColumnOf(string name, ConfigNode node, string path)
    {
        name = name.Trim();
        if (name.Length == 0 || name.AsSpan().ContainsAny(SearchValues.Create("{}")))
        {
            problems.Add(node, path, $"'{{{{{name}}}}}' names no column; write {{{{column}}}}");
        }
        else if (name == "?" && known?.Contains(name) != true)
        {
            problems.Add(node, path, $"'{{{{?}}}}' is a column still to be chosen; write its name{(known is null ? "" : $". The input has: {string.Join(", ", known)}")}");
        }
        else if (known is not null && ColumnNames.WhyUnusable(name, known) is { } why)
        {
            problems.Add(node, path, $"the input {why}");
        }

        var column = _columns.IndexOf(name);
        if (column < 0)
        {
            column = _columns.Count;
            _columns.Add(name);
        }

        return column;
    }

    private void EndLiteral()
    {
        if (_literal.Length > 0)
        {
            _segments.Add(new Segment(SegmentKind.Literal, _literal.Span.ToArray()));
            _literal.Clear();
        }
    }
}
