using Penstock.Calls;

namespace Penstock.Stages;

/// <summary>The seat of the breaker, which lets all, none or a few calls through. No breaker is configured yet: it is closed.</summary>
internal static class BreakerStage
{
    public static Task<Slab> PassAsync(Slab slab) => slab.Completed;
}
