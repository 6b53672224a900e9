using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Access;

/// <summary>Who a key makes its holder, at every door, and what wrong keys lead to.</summary>
public sealed class TenantKeyTests
{
    [Theory]
    [InlineData(Keys.Operator, "(operator)")]
    [InlineData(Keys.North, "north")]
    [InlineData(Keys.NorthNext, "north")]
    [InlineData(Keys.South, "south")]
    public async Task A_key_names_its_tenant_and_each_of_several_is_good(string key, string expected)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", key));

        (await answer.Content.ReadAsStringAsync()).ShouldBe(expected);
    }

    [Fact]
    public async Task A_hash_is_no_key()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", Keys.HashOf(Keys.North)));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_any_key_configured_everyone_is_the_operator()
    {
        await using var doors = await RunningDoors.StartAsync();

        (await doors.Dashboard.GetStringAsync("/who")).ShouldBe("(operator)");
    }

    [Fact]
    public async Task Keys_of_tenants_alone_close_the_doors_too_and_open_the_bridge_beyond_loopback()
    {
        await using var doors = await RunningDoors.StartAsync([
            ("Host", "0.0.0.0"),
            ("ClaudeBridge:Access:Tenants:0:Name", "north"),
            ("ClaudeBridge:Access:Tenants:0:KeyHashes:0", Keys.HashOf(Keys.North)),
        ]);

        using var without = await doors.Dashboard.GetAsync("/who");
        using var with = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", Keys.North));

        without.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await with.Content.ReadAsStringAsync()).ShouldBe("north");
    }

    [Fact]
    public async Task After_too_many_wrong_keys_an_address_waits_but_keys_that_were_right_from_there_go_on()
    {
        await using var doors = await RunningDoors.StartAsync([.. Keys.TwoTenants, ("ClaudeBridge:Access:WrongKeysPerMinute", "3")]);
        using var before = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", Keys.North));

        HttpStatusCode[] wrong = [await StatusAsync("a"), await StatusAsync("b"), await StatusAsync("c"), await StatusAsync("d")];
        var newHere = await StatusAsync(Keys.South);
        var knownHere = await StatusAsync(Keys.North);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("x-api-key", "e"));
        using var noKey = await doors.Dashboard.GetAsync("/who");

        wrong.ShouldBe([
            HttpStatusCode.Unauthorized,
            HttpStatusCode.Unauthorized,
            HttpStatusCode.Unauthorized,
            HttpStatusCode.TooManyRequests,
        ]);
        newHere.ShouldBe(HttpStatusCode.TooManyRequests, "or guessing would go on");
        knownHere.ShouldBe(HttpStatusCode.OK);
        grpc.Code.ShouldBe((int)ClaudeBridge.Otlp.Rpc.RpcCode.ResourceExhausted);
        noKey.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        async Task<HttpStatusCode> StatusAsync(string key)
        {
            using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", key));
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("Tenants:0:Name", "North", "Tenants:0:Name must be 1 to 64 of a-z")]
    [InlineData("Tenants:0:Name", "a/b", "Tenants:0:Name must be 1 to 64 of a-z")]
    [InlineData("Tenants:1:Name", "north", "as is that of tenant 0")]
    [InlineData("Tenants:0:KeyHashes:0", "cb_a-key-in-the-wrong-place", "Tenants:0:KeyHashes:0 must be sha256: and 64")]
    [InlineData("Tenants:1:KeyHashes:0", null, "is also a key of tenant 0")]
    [InlineData("Tenants:0:Nam", "north", "the nearest one is ClaudeBridge:Access:Tenants:0:Name")]
    [InlineData("Tenants:5", "north", "is not a setting")]
    [InlineData("Tenants:2:Name", "west", "Tenants:2:KeyHashes is empty")]
    [InlineData("Users:0", " ", "Users:0 must be a user id")]
    public async Task What_is_wrong_with_tenants_stops_the_start(string key, string? value, string expected)
    {
        var settings = Keys.TwoTenants.ToDictionary(static pair => pair.Item1, static pair => pair.Item2);
        settings["ClaudeBridge:Access:" + key] = value ?? Keys.HashOf(Keys.North);

        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync(settings.Select(static pair => (pair.Key, pair.Value)))
        );

        failure.ExitCode.ShouldBe(2);
        failure.Message.ShouldContain(expected);
        failure.Message.ShouldNotContain("cb_a-key");
    }

    [Fact]
    public async Task A_key_of_the_bridge_cannot_be_a_tenants_as_well()
    {
        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync([.. Keys.TwoTenants, ("ApiKeys:0", Keys.South)])
        );

        failure.Message.ShouldContain("a key names one holder");
    }

    [Fact]
    public void A_new_key_has_256_random_bits_and_its_hash_opens_nothing_but_itself()
    {
        var (one, other) = (NewKey.Make(), NewKey.Make());

        one.ShouldStartWith("cb_");
        one.Length.ShouldBe(3 + 43);
        one.ShouldNotBe(other);
        KeyHash.TryParse(KeyHash.Of(one).ToString(), out var hash).ShouldBeTrue();
        hash.IsSame(KeyHash.Of(one)).ShouldBeTrue();
        hash.IsSame(KeyHash.Of(other)).ShouldBeFalse();
    }
}
