namespace ClaudeBridge.Tests.StandIns;

/// <summary>For tests that measure the memory of this process, or delays in real time: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Undisturbed
{
    public const string Name = "Undisturbed";
}
