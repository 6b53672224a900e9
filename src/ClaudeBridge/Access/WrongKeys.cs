using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Access;

/// <summary>
/// Counts wrong keys by remote address. An address with too many has to wait before it may show a key that was never right from there; keys that were right from there
/// before, and random ones, go on, so that one wrong client behind a shared address stops no other.
/// </summary>
internal sealed class WrongKeys(IOptions<AccessOptions> options, TimeProvider clock)
{
    /// <summary>Entries of either table. A table that is full is begun anew: whoever comes from so many addresses cannot be told from a crowd.</summary>
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (DateTimeOffset Since, int Count)> _failures = [];
    private readonly HashSet<(IPAddress From, KeyHash Key)> _good = [];

    /// <summary>Entries of both tables.</summary>
    internal int Entries
    {
        get
        {
            lock (_lock)
            {
                return _failures.Count + _good.Count;
            }
        }
    }

    /// <summary>How long this address has to wait; null when it need not.</summary>
    /// <param name="right">The holder of the key that was shown; null when it was wrong, which is counted.</param>
    /// <param name="key">The key that was shown. One that is right and was made by <see cref="NewKey"/> cannot have been guessed, and never waits.</param>
    public TimeSpan? Judge(IPAddress? remote, KeyHolder? right, string key)
    {
        if (right is not null && NewKey.IsLikeOne(key))
        {
            return null;
        }

        var from = Network(remote);
        lock (_lock)
        {
            if (right is not null && _good.Contains((from, right.Hash)))
            {
                return null;
            }

            var now = clock.GetUtcNow();
            var failures = FailuresOf(from, now);
            if (failures.Count >= options.Value.WrongKeysPerMinute)
            {
                return failures.Since + Window - now;
            }

            if (right is null)
            {
                MakeRoom(_failures.Count, _failures.Clear);
                _failures[from] = failures with { Count = failures.Count + 1 };
            }
            else
            {
                MakeRoom(_good.Count, _good.Clear);
                _good.Add((from, right.Hash));
            }

            return null;
        }
    }

    private (DateTimeOffset Since, int Count) FailuresOf(IPAddress from, DateTimeOffset now) =>
        _failures.TryGetValue(from, out var known) && now - known.Since is var age && age >= TimeSpan.Zero && age < Window
            ? known
            : (now, 0);

    private static void MakeRoom(int count, Action clear)
    {
        if (count >= MaxEntries)
        {
            clear();
        }
    }

    /// <summary>An address of version 6 is one of 2^64 that its owner may use.</summary>
    private static IPAddress Network(IPAddress? remote)
    {
        if (remote is null)
        {
            return IPAddress.None;
        }

        if (remote.IsIPv4MappedToIPv6)
        {
            return remote.MapToIPv4();
        }

        if (remote.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return remote;
        }

        var bytes = remote.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
