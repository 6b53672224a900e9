using System.Net;
using System.Net.Sockets;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>Taking the ports: both loopback addresses, and a plain word when somebody else has one.</summary>
public sealed class PortsTests
{
    [Fact]
    [Trait("row", "A11")]
    public async Task A11_both_loopback_addresses_listen_on_the_same_port()
    {
        Assert.SkipUnless(HasIPv6(), "This machine has no IPv6 loopback.");
        await using var doors = await RunningDoors.StartAsync([("Host", "localhost")]);
        doors.Ports.EndPoints.Count(bound => bound.Door == Door.Http).ShouldBe(2);
        using var overIPv6 = new HttpClient { BaseAddress = new Uri($"http://[::1]:{doors.Ports.Http}") };

        using var six = await overIPv6.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        using var four = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);

        six.StatusCode.ShouldBe(HttpStatusCode.OK);
        four.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [Trait("row", "A11")]
    [InlineData(nameof(ReceiverOptions.GrpcPort), "OTLP/gRPC")]
    [InlineData(nameof(ReceiverOptions.HttpPort), "OTLP/HTTP")]
    [InlineData(nameof(ReceiverOptions.DashboardPort), "dashboard")]
    public async Task A11_a_busy_port_ends_the_start_with_its_number_the_way_out_and_an_exit_code(string property, string name)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;

        var failure = await Should.ThrowAsync<StartupException>(() => RunningDoors.StartAsync([(property, $"{port}")]));

        failure.ExitCode.ShouldBe(StartupException.PortTaken);
        failure.Message.ShouldContain($"Port {port} ({name}");
        failure.Message.ShouldNotContain("lsof");
        failure.Message.ShouldContain($"{ReceiverOptions.Section}:{property}");
        failure.Message.ShouldContain($"ClaudeBridge__Receivers__{property}");
        failure.Message.Contains("OTLP_RECEIVER_PORT").ShouldBe(property == nameof(ReceiverOptions.HttpPort));
    }

    [Fact]
    [Trait("row", "A11")]
    public void A11_a_port_that_is_busy_on_IPv6_alone_is_busy()
    {
        Assert.SkipUnless(HasIPv6(), "This machine has no IPv6 loopback.");
        using var other = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;

        var failure = Should.Throw<StartupException>(() =>
            BridgePorts.Bind(
                new ReceiverOptions
                {
                    GrpcPort = 0,
                    HttpPort = port,
                    DashboardPort = 0,
                }
            )
        );

        failure.ExitCode.ShouldBe(StartupException.PortTaken);
        failure.Message.ShouldContain("::1");
    }

    [Fact]
    public void A_failed_start_gives_back_the_ports_it_had_taken()
    {
        using var first = BridgePorts.Bind(
            new ReceiverOptions
            {
                GrpcPort = 0,
                HttpPort = 0,
                DashboardPort = 0,
            }
        );
        var free = FreePort();

        Should.Throw<StartupException>(() =>
            BridgePorts.Bind(
                new ReceiverOptions
                {
                    GrpcPort = free,
                    HttpPort = first.Http,
                    DashboardPort = 0,
                }
            )
        );

        using var again = BridgePorts.Bind(
            new ReceiverOptions
            {
                GrpcPort = free,
                HttpPort = 0,
                DashboardPort = 0,
            }
        );
        again.Grpc.ShouldBe(free);
    }

    [Fact]
    public void An_address_of_another_machine_is_told_as_such()
    {
        var failure = Should.Throw<StartupException>(() =>
            BridgePorts.Bind(
                new ReceiverOptions
                {
                    Host = "192.0.2.1",
                    GrpcPort = 0,
                    HttpPort = 0,
                    DashboardPort = 0,
                }
            )
        );

        failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
        failure.Message.ShouldContain("192.0.2.1");
        failure.Message.ShouldContain($"{ReceiverOptions.Section}:Host");
    }

    [Fact]
    public async Task Every_interface_is_listened_on_when_asked_for_with_a_key()
    {
        await using var doors = await RunningDoors.StartAsync([("Host", "*"), ("ApiKey", "k")]);

        doors.Ports.EndPoints.Select(bound => bound.EndPoint.Address).ShouldContain(IPAddress.Any);
        using var response = await doors.Http.PostAsync(
            "/v1/logs",
            Some.Logs(),
            HttpSending.Protobuf,
            also: request => request.Headers.Add("x-api-key", "k")
        );
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static bool HasIPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
