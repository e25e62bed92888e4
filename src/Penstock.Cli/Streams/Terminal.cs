using System.Runtime.InteropServices;
using Spectre.Console;

namespace Penstock.Cli.Streams;

/// <summary>Standard error as a terminal: what it can do, and how wide it is at the moment.</summary>
internal sealed partial class Terminal
{
    /// <summary>Of a terminal that does not tell its width.</summary>
    public const int UsualWidth = 80;

    /// <summary>Linux's request for the size.</summary>
    private const nuint TellSize = 0x5413;

    /// <summary>What says how text is encoded, the strongest first.</summary>
    private static readonly string[] Locale = ["LC_ALL", "LC_CTYPE", "LANG"];

    private readonly Func<int> _width;

    /// <param name="writer">Where it is written.</param>
    /// <param name="isTerminal">Whether a person sees it.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="width">Its columns; 0 = not known.</param>
    public Terminal(TextWriter writer, bool isTerminal, Func<string, string?> variable, Func<int> width)
    {
        Writer = writer;
        _width = width;
        IsLive = isTerminal && variable("TERM") is not (null or "" or "dumb");
        HasColor = IsLive && string.IsNullOrEmpty(variable("NO_COLOR"));
        var locale = Locale.Select(variable).FirstOrDefault(static v => !string.IsNullOrEmpty(v)) ?? "";
        HasUnicode = locale.Contains("utf-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    public static Terminal Error { get; } =
        new(Console.Error, !Console.IsErrorRedirected, Environment.GetEnvironmentVariable, static () => ColumnsOf(DescriptorStream.Error));

    /// <summary>Columns of standard output; null if it is no terminal.</summary>
    public static int? OutputWidth => Console.IsOutputRedirected ? null : Math.Max(20, ColumnsOf(DescriptorStream.Output) is > 0 and var width ? width : UsualWidth);

    public TextWriter Writer { get; }

    /// <summary>Whether lines can be drawn again in place.</summary>
    public bool IsLive { get; }

    public bool HasColor { get; }

    /// <summary>Whether it shows more than ASCII.</summary>
    public bool HasUnicode { get; }

    /// <summary>Columns, at least 20.</summary>
    public int Width => Math.Max(20, _width() is > 0 and var width ? width : UsualWidth);

    /// <summary>Spectre's view of it, for tables.</summary>
    public IAnsiConsole ToConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = HasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new Output(this),
        });
        console.Profile.Capabilities.Unicode = HasUnicode;
        return console;
    }

    private static int ColumnsOf(int descriptor)
    {
        // The console class asks standard output, which is often a file.
        var size = default(Size);
        return OperatingSystem.IsLinux() && ioctl(descriptor, TellSize, ref size) == 0 ? size.Columns : 0;
    }

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, ref Size size);

    [StructLayout(LayoutKind.Sequential)]
    private struct Size
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    private sealed class Output(Terminal terminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => terminal.Writer;

        public bool IsTerminal => terminal.IsLive;

        public int Width => terminal.Width;

        public int Height => 24;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }
}
