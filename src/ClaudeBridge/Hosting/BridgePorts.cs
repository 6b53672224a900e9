using System.Net;
using System.Net.Sockets;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Hosting;

/// <summary>The ports of the bridge, taken before anything else is opened: a second bridge stops here and touches no file.</summary>
/// <remarks>The sockets listen from the start, so nobody else can take a port any more; who connects early waits for the server to come up.</remarks>
internal sealed class BridgePorts : IDisposable
{
    private const int Backlog = 512;

    /// <summary>
    /// What the system holds of an answer that its client has not taken, inherited by the connections. Fixed, because what the system chooses grows to megabytes: a client
    /// that takes nothing would be noticed late, and a slow one would seem to stand still.
    /// </summary>
    private const int SendBufferBytes = 128 * 1024;

    private readonly List<(Door Door, IPEndPoint EndPoint, Socket Socket)> _bound = [];

    private BridgePorts(string scheme) => Scheme = scheme;

    /// <summary><c>http</c>, or <c>https</c> where they speak TLS.</summary>
    public string Scheme { get; }

    public int Grpc => PortOf(Door.Grpc);

    public int Http => PortOf(Door.Http);

    public int Dashboard => PortOf(Door.Dashboard);

    /// <summary>Every address that is listened on, with its door; a port that was 0 is the real one here.</summary>
    public IEnumerable<(Door Door, IPEndPoint EndPoint)> EndPoints => _bound.Select(bound => (bound.Door, bound.EndPoint));

    /// <exception cref="StartupException">A port is in use, or the address is not one of this machine.</exception>
    public static BridgePorts Bind(ReceiverOptions options, string scheme = "http")
    {
        var ports = new BridgePorts(scheme);
        try
        {
            ports.Bind(options, Door.Grpc, options.GrpcPort);
            ports.Bind(options, Door.Http, options.HttpPort);
            ports.Bind(options, Door.Dashboard, options.DashboardPort);
            return ports;
        }
        catch
        {
            ports.Dispose();
            throw;
        }
    }

    public int PortOf(Door door) => _bound.First(bound => bound.Door == door).EndPoint.Port;

    /// <summary>The listening socket of an address, for the server.</summary>
    public Socket SocketOf(EndPoint endPoint) => _bound.First(bound => bound.EndPoint.Equals(endPoint)).Socket;

    public void Dispose() => _bound.ForEach(bound => bound.Socket.Dispose());

    private void Bind(ReceiverOptions options, Door door, int port)
    {
        if (!ListenAddress.TryParse(options.Host, out var address))
        {
            throw new StartupException(
                $"{ReceiverOptions.Section}:{nameof(options.Host)} must be localhost, an IP address or *.",
                StartupException.WrongConfiguration
            );
        }

        try
        {
            Listen(door, new IPEndPoint(address.First, port));
        }
        catch (SocketException failure)
        {
            throw Explain(failure, options, door, address.First, port);
        }

        if (address.Second is { } second)
        {
            ListenBeside(options, door, second, wanted: port);
        }
    }

    /// <summary>The IPv6 side of the same port. A machine without IPv6 does without; a port taken there by another program is an error as on IPv4.</summary>
    private void ListenBeside(ReceiverOptions options, Door door, IPAddress address, int wanted)
    {
        try
        {
            Listen(door, new IPEndPoint(address, PortOf(door)));
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse && wanted != 0)
        {
            throw Explain(failure, options, door, address, wanted);
        }
        catch (SocketException)
        {
            // No IPv6 here, or a port chosen by the system on IPv4 that happens to be taken on IPv6.
        }
    }

    private void Listen(Door door, IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // Each address has a socket of its own.
                socket.DualMode = false;
            }

            socket.SendBufferSize = SendBufferBytes;
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            _bound.Add((door, (IPEndPoint)socket.LocalEndPoint!, socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static StartupException Explain(SocketException failure, ReceiverOptions options, Door door, IPAddress address, int port)
    {
        var (name, key) = door switch
        {
            Door.Grpc => ("OTLP/gRPC", nameof(options.GrpcPort)),
            Door.Http => ("OTLP/HTTP", nameof(options.HttpPort)),
            _ => ("dashboard", nameof(options.DashboardPort)),
        };
        var full = $"{ReceiverOptions.Section}:{key}";
        var alias = EnvironmentAliases.VariableOf(full);
        var wayOut = $"set {full} to a free port (environment: {(alias is null ? "" : alias + " or ")}{SettingOrigin.Variable(full)})";
        return failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => new(
                $"Port {port} ({name}, {address}) is already in use{PortHolder.Describe(port)} or {wayOut}.",
                StartupException.PortTaken,
                failure
            ),
            SocketError.AccessDenied => new(
                $"This user may not listen on port {port} ({name}): {wayOut}, above 1023.",
                StartupException.PortTaken,
                failure
            ),
            _ => new(
                $"The bridge cannot listen on {address}, port {port} ({name}): {failure.Message}. Set {ReceiverOptions.Section}:{nameof(options.Host)} (environment: OTLP_RECEIVER_HOST) to an address of this machine.",
                StartupException.WrongConfiguration,
                failure
            ),
        };
    }
}
