using Xunit;

namespace Penstock.Tests;

/// <summary>Tests that count the process's allocations: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AllocationCollection
{
    public const string Name = "Allocations";
}
