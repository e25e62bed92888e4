namespace Penstock.Cli.Text;

/// <summary>How text looks on a terminal.</summary>
internal enum Tone
{
    Plain,
    Faint,
    Strong,
    Good,
    Bad,
    Warning,
}
