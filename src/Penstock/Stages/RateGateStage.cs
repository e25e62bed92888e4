using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>The seat of the rate gate, which lets part of a slab through as permits come. No gate is configured yet: everything passes at once.</summary>
internal static class RateGateStage
{
    public static Task<Slab> PassAsync(Slab slab) => slab.Completed;
}
