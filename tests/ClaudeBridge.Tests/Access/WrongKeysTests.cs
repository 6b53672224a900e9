using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Access;

/// <summary>How wrong keys are counted.</summary>
public sealed class WrongKeysTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.7");
    private static readonly KeyHolder Right = new(KeyHash.Of("right"), Caller.Operator);

    private readonly ManualTimeProvider _clock = new();
    private readonly WrongKeys _wrong;

    public WrongKeysTests() => _wrong = new(Options.Create(new AccessOptions { WrongKeysPerMinute = 3 }), _clock);

    [Fact]
    public void The_wait_ends_with_the_minute_that_began_with_the_first_wrong_key()
    {
        Fail(Here, 3);
        _clock.Advance(TimeSpan.FromSeconds(40));

        _wrong.Judge(Here, null, "").ShouldBe(TimeSpan.FromSeconds(20));
        _clock.Advance(TimeSpan.FromSeconds(20));
        _wrong.Judge(Here, null, "").ShouldBeNull();
    }

    [Fact]
    public void A_right_key_that_nobody_can_guess_never_waits()
    {
        Fail(Here, 3);

        _wrong.Judge(Here, Right, NewKey.Make()).ShouldBeNull();
        _wrong.Judge(Here, null, NewKey.Make()).ShouldNotBeNull("it is wrong");
        _wrong.Judge(Here, Right, "a key that a person made up").ShouldNotBeNull("it could have been guessed");
    }

    [Fact]
    public void Other_addresses_are_not_held_up()
    {
        Fail(Here, 3);

        _wrong.Judge(IPAddress.Parse("192.0.2.8"), Right, "").ShouldBeNull();
        _wrong.Judge(Here, Right, "").ShouldNotBeNull();
    }

    [Fact]
    public void A_key_that_was_right_from_an_address_stays_right_there()
    {
        _wrong.Judge(Here, Right, "");
        Fail(Here, 3);

        _wrong.Judge(Here, Right, "").ShouldBeNull();
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_count_as_one_and_mapped_ones_as_what_they_map()
    {
        Fail(IPAddress.Parse("2001:db8::1"), 2);
        Fail(IPAddress.Parse("2001:db8::2:3"), 1);
        Fail(IPAddress.Parse("::ffff:192.0.2.7"), 3);

        _wrong.Judge(IPAddress.Parse("2001:db8::ffff"), null, "").ShouldNotBeNull();
        _wrong.Judge(IPAddress.Parse("2001:db8:0:1::1"), null, "").ShouldBeNull();
        _wrong.Judge(Here, null, "").ShouldNotBeNull();
    }

    [Fact]
    public void A_clock_that_was_set_back_holds_nobody_up_for_longer_than_a_minute()
    {
        Fail(Here, 3);
        var earlier = new WrongKeys(
            Options.Create(new AccessOptions { WrongKeysPerMinute = 1 }),
            new ManualTimeProvider(DateTimeOffset.UnixEpoch)
        );

        earlier.Judge(Here, null, "").ShouldBeNull();
        earlier.Judge(Here, null, "").ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_crowd_of_addresses_takes_a_bounded_table()
    {
        for (var i = 0; i < 25_000; i++)
        {
            _wrong.Judge(new IPAddress(i), null, "");
            _wrong.Judge(new IPAddress(i), Right, "");
        }

        _wrong.Entries.ShouldBeLessThanOrEqualTo(20_000);
    }

    private void Fail(IPAddress from, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _wrong.Judge(from, null, "").ShouldBeNull();
        }
    }
}
