using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;
using Microsoft.Extensions.Configuration;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The defaults of what is held in memory, where there is little of it.</summary>
public sealed class MemoryPlanTests
{
    /// <summary>What the runtime may take in a container of 128 MiB.</summary>
    private const long Small = 96L * 1024 * 1024;

    [Fact]
    public void Where_there_is_enough_memory_the_documented_defaults_hold()
    {
        var configuration = new ConfigurationManager();

        new MemoryPlan(16L * 1024 * 1024 * 1024).FitDefaults(configuration);

        configuration.AsEnumerable().ShouldBeEmpty();
    }

    [Fact]
    public void In_a_small_container_a_body_of_4_MB_still_fits_and_all_together_stay_far_below_the_heap()
    {
        var options = Fitted<ReceiverOptions>(ReceiverOptions.Section);

        options.MaxBodyBytes.ShouldBeGreaterThan(4 * 1024 * 1024);
        options.MaxInFlightBytes.ShouldBeGreaterThanOrEqualTo(3L * options.MaxBodyBytes);
        options.MaxInFlightBytes.ShouldBeLessThan(Small / 6);
        (120L * options.MaxMessages).ShouldBeLessThan(Small / 2, "a message takes about 120 bytes");
        Fitted<StoreOptions>(StoreOptions.Section).SessionCacheBytes.ShouldBeLessThan(4 * 1024 * 1024);
    }

    [Fact]
    public void What_a_person_has_set_stays_and_what_depends_on_it_follows()
    {
        var options = Fitted<ReceiverOptions>(ReceiverOptions.Section, ("ClaudeBridge:Receivers:MaxBodyBytes", "20000000"));

        options.MaxBodyBytes.ShouldBe(20_000_000);
        options.MaxInFlightBytes.ShouldBe(60_000_000);

        options = Fitted<ReceiverOptions>(ReceiverOptions.Section, ("ClaudeBridge:Receivers:MaxInFlightBytes", "6000000"));

        options.MaxInFlightBytes.ShouldBe(6_000_000);
        options.MaxBodyBytes.ShouldBe(2_000_000);
    }

    private static T Fitted<T>(string section, params (string Key, string Value)[] set)
        where T : new()
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(set.ToDictionary(static one => one.Key, static one => (string?)one.Value));
        new MemoryPlan(Small).FitDefaults(configuration);
        var options = new T();
        configuration.GetSection(section).Bind(options);
        return options;
    }
}
