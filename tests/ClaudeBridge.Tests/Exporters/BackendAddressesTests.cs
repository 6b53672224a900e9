using System.Net;
using ClaudeBridge.Exporters;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Keys go to backends, not to what hands out a machine's credentials.</summary>
public sealed class BackendAddressesTests
{
    [Theory]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("169.254.0.1", "link-local")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("febf::1", "link-local")]
    [InlineData("::ffff:169.254.169.254", "link-local")]
    [InlineData("::169.254.169.254", "link-local")]
    [InlineData("64:ff9b::a9fe:a9fe", "link-local")]
    [InlineData("64:ff9b:1::a9fe:a9fe", "link-local")]
    [InlineData("2002:a9fe:a9fe::1", "link-local")]
    [InlineData("fd00:ec2::254", "metadata")]
    [InlineData("fd20:ce::254", "metadata")]
    [InlineData("168.63.129.16", "metadata")]
    [InlineData("100.100.100.200", "metadata")]
    [InlineData("0.0.0.0", "no address")]
    [InlineData("::", "no address")]
    [InlineData("::ffff:0.0.0.0", "no address")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("ff02::1", "multicast")]
    public void No_backend_is_there(string address, string kind)
    {
        BackendAddresses.Problem(IPAddress.Parse(address)).ShouldNotBeNull().ShouldContain(kind);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.9")]
    [InlineData("192.168.1.2")]
    [InlineData("100.64.0.1")]
    [InlineData("fd12:3456::1")]
    [InlineData("2606:4700::1")]
    [InlineData("93.184.216.34")]
    [InlineData("169.253.255.255")]
    public void A_backend_may_be_there(string address)
    {
        BackendAddresses.Problem(IPAddress.Parse(address)).ShouldBeNull();
    }

    [Theory]
    [InlineData("http://localhost:3000/", true)]
    [InlineData("http://langfuse-web:3000/", true)]
    [InlineData("http://langfuse.local/", true)]
    [InlineData("http://192.168.1.2/", true)]
    [InlineData("http://[::1]:3000/", true)]
    [InlineData("http://langfuse.example.com/", false)]
    [InlineData("http://93.184.216.34/", false)]
    public void Only_what_is_near_may_do_without_TLS_in_silence(string address, bool isNear)
    {
        BackendAddresses.IsNear(new Uri(address)).ShouldBe(isNear);
    }

    [Theory]
    [InlineData("http://169.254.169.254:1/", "169.254.169.254 is link-local")]
    [InlineData("http://[fd00:ec2::254]:1/", "fd00:ec2::254 is a cloud's metadata service")]
    [InlineData("http://0.0.0.0:1/", "0.0.0.0 is no address")]
    public async Task Whatever_led_there_nothing_is_sent_and_delivery_pauses_with_the_way_out(string address, string advice)
    {
        await using var harness = await DeliveryHarness.CreateAsync(options => options.Host = address);
        harness.AddTurns(2);
        await harness.StartAsync(withScores: true);
        harness.Feed.Add(Some.Scores("session-1", ("commits", 2)));
        await harness.UntilNowAsync(() =>
            harness.Loop.Progress.State == DeliveryState.Paused && harness.Scores.Progress.State == DeliveryState.Paused
        );

        harness.Loop.Progress.PausedReason!.ShouldContain(advice);
        harness.Loop.Progress.PausedReason!.ShouldContain("ClaudeBridge:Langfuse:AllowLinkLocal");
        harness.Log.Count(advice).ShouldBe(2, "one line of each loop");
    }

    [Fact]
    public async Task A_name_that_leads_there_from_now_on_gets_no_keys_and_delivery_goes_on_when_it_leads_back()
    {
        var addresses = new[] { IPAddress.Loopback };
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Options.Host = $"http://langfuse.test:{harness.Langfuse.Address.Port}";
        harness.Connection = new GuardedConnection((_, _) => Task.FromResult(Volatile.Read(ref addresses)));
        harness.AddTurns(2);
        await harness.StartAsync();
        await harness.DrainAsync();

        Volatile.Write(ref addresses, [IPAddress.Parse("169.254.169.254")]);
        harness.Langfuse.FailNext(LangfuseFault.Cut);
        harness.AddTurns(4);
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);
        harness.Loop.Progress.PausedReason!.ShouldContain("langfuse.test leads to 169.254.169.254, which is link-local");

        Volatile.Write(ref addresses, [IPAddress.Parse("169.254.169.254"), IPAddress.Loopback]);
        await harness.DrainAsync();
        harness.Table.Observations.Count.ShouldBe(12);
        harness.Table.ResentRows.ShouldBeEmpty();
    }
}
