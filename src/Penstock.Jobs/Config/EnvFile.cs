using System.Text;
using Penstock.Jobs.Bytes;

namespace Penstock.Jobs.Config;

/// <summary>
/// Reads <c>KEY=value</c> lines as docker and dotenv have them: comments, <c>export</c>, quotes that may span lines. Values are taken as they
/// are, without <c>$</c> expansion, and appear in no problem.
/// </summary>
internal sealed class EnvFile
{
    private readonly string _file;
    private readonly string _text;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private EnvFile(string file, string text, ProblemList problems) => (_file, _text, _problems) = (file, text, problems);

    /// <summary>The variables of a file that is read already; of a name given twice the last.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string file, string text, ProblemList problems)
    {
        var reader = new EnvFile(file, text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal), problems);
        while (reader._at < reader._text.Length)
        {
            reader.Entry();
        }

        return reader._values;
    }

    /// <summary>The variables of a file.</summary>
    public static IReadOnlyDictionary<string, string> Read(string file, ProblemList problems)
    {
        try
        {
            return Parse(file, Utf8Text.ReadFile(file), problems);
        }
        catch (InvalidDataException e)
        {
            problems.Add(file, "", e.Message);
            return new Dictionary<string, string>();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(file, "", $"cannot be read: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message.TrimEnd('.'))}; check the path");
            return new Dictionary<string, string>();
        }
    }

    private void Entry()
    {
        SkipBlanks();
        if (Current is '\n' or '#' or '\0')
        {
            EndLine();
            return;
        }

        var start = _at;
        var key = Word();
        if (key == "export" && Current is ' ' or '\t')
        {
            SkipBlanks();
            start = _at;
            key = Word();
        }

        SkipBlanks();
        if (key.Length == 0 || char.IsAsciiDigit(key[0]))
        {
            Problem(start, "not a variable's name; use A-Z a-z 0-9 _ . - and no digit first");
        }
        else if (Current != '=')
        {
            Problem(_at, "no '=' after the name; write KEY=value, and quote a value of several lines");
        }
        else
        {
            _at++;
            SkipBlanks();
            if (Value() is { } value)
            {
                _values[key] = value;
            }
        }

        EndLine();
    }

    /// <summary>Null after a problem.</summary>
    private string? Value() => Current is '"' or '\'' ? Quoted(Current) : Plain();

    /// <summary>Ends at the line's end or at a comment, which needs a blank before it.</summary>
    private string Plain()
    {
        var start = _at;
        while (Current is not ('\n' or '\0') && !(Current == '#' && (_at == start || _text[_at - 1] is ' ' or '\t')))
        {
            _at++;
        }

        return _text[start.._at].TrimEnd(' ', '\t');
    }

    private string? Quoted(char quote)
    {
        var (start, line, lineStart) = (_at++, _line, _lineStart);
        var value = new StringBuilder();
        while (_at < _text.Length && Current != quote)
        {
            if (Current == '\\' && quote == '"' && _at + 1 < _text.Length)
            {
                _at++;
                Escaped(value);
            }
            else
            {
                value.Append(Current);
            }

            Advance();
        }

        if (_at >= _text.Length)
        {
            // The rest of the file would be eaten, and be told as nothing: the lines after this one are read on.
            (_at, _line, _lineStart) = (start, line, lineStart);
            Problem(start, $"the quote is never closed; add the closing {quote}");
            return null;
        }

        _at++;
        SkipBlanks();
        if (Current is not ('\n' or '\0' or '#'))
        {
            Problem(_at, "text after the closing quote; remove it, or quote the whole value");
            return null;
        }

        return value.ToString();
    }

    private void Escaped(StringBuilder value)
    {
        switch (Current)
        {
            case 'n':
                value.Append('\n');
                break;
            case 'r':
                value.Append('\r');
                break;
            case 't':
                value.Append('\t');
                break;
            case '"' or '\\' or '$':
                value.Append(Current);
                break;
            default:
                value.Append('\\').Append(Current);
                break;
        }
    }

    private string Word()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '.' or '-')
        {
            _at++;
        }

        return _text[start.._at];
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
        {
            _at++;
        }
    }

    private void EndLine()
    {
        while (_at < _text.Length && Current != '\n')
        {
            _at++;
        }

        Advance();
    }

    private void Advance()
    {
        if (Current == '\n')
        {
            _line++;
            _lineStart = _at + 1;
        }

        _at++;
    }

    private void Problem(int at, string message) => _problems.Add($"{_file}:{_line}:{at - _lineStart + 1}", "", message);
}
