using Penstock.Calls;
using Penstock.Memory;

namespace Penstock.Servers;

/// <summary>Where calls are put whose address leads nowhere; they end with the reason.</summary>
internal sealed class UnknownTool(string address, string refusal, CellPool cells) : CallTarget(address, cells)
{
    public override Refusal? Refusal { get; } = new Refusal(FaultType.InvalidParams, refusal);

    public override int MaxArgumentsLength => int.MaxValue;
}
