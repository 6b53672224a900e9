using System.Globalization;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Journal;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;
using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>Fits the defaults of everything that is held in memory to the memory that there is. What a person has set stays as it is.</summary>
/// <remarks>
/// <code>
///   heap     what the runtime may take: in a container three quarters of its limit, elsewhere the machine's memory
///   in flight = (heap - 32 MiB) / 5, at most 256 MiB     a container of 128 MiB: 13 MiB     256: 32     512: 70     1.7 GiB and more: 256, the documented default
///   all others in the same proportion to their documented defaults
/// </code>
/// Where that is less than the whole, the heap is held to nine sixteenths of it, so that what is no heap (the program itself, SQLite, buffers of connections) has the rest:
/// the collector then works harder before the system ends the process.
/// </remarks>
internal sealed record MemoryPlan(long HeapBytes)
{
    private const long ForTheProgramItself = 32L * 1024 * 1024;
    private const long LeastInFlight = 8L * 1024 * 1024;

    private const string InFlightKey = $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.MaxInFlightBytes)}";
    private const string BodyKey = $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.MaxBodyBytes)}";

    /// <summary>What is made smaller with the memory, and how far at most.</summary>
    private static readonly (string Key, long Least)[] Scaled =
    [
        ($"{ReceiverOptions.Section}:{nameof(ReceiverOptions.MaxConnections)}", 256),
        ($"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ConnectionBufferBytes)}", 32 * 1024),
        ($"{ReceiverOptions.Section}:{nameof(ReceiverOptions.MaxMessages)}", 300_000),
        ($"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ReserveBytes)}", 1024 * 1024),
        ($"{JournalOptions.Section}:{nameof(JournalOptions.GroupBytes)}", 256 * 1024),
        ($"{JournalOptions.Section}:{nameof(JournalOptions.LiveBytes)}", 256 * 1024),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.SessionCacheBytes)}", 1024 * 1024),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.ObservationCacheCount)}", 1_000),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.StepBytes)}", 256 * 1024),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.PageCacheBytes)}", 1024 * 1024),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.AnswerCacheRows)}", 1_000),
        ($"{LangfuseOptions.Section}:{nameof(LangfuseOptions.MaxBatchBytes)}", 250_000),
        ($"{LangfuseOptions.Section}:{nameof(LangfuseOptions.ReadChunk)}", 16),
    ];

    /// <summary>1 where there is enough for the documented defaults.</summary>
    public double Scale
    {
        get
        {
            var whole = DefaultOf(InFlightKey);
            return Math.Clamp((HeapBytes - ForTheProgramItself) / 5, LeastInFlight, whole) / (double)whole;
        }
    }

    /// <summary>As the runtime saw it at the start: the machine's memory, or what a container or a limit of the runtime leaves of it.</summary>
    public static MemoryPlan OfThisProcess { get; } = new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>Holds the heap to its part of a small memory.</summary>
    public void LimitHeap()
    {
        if (Scale < 1)
        {
            AppContext.SetData("GCHeapHardLimit", (ulong)(HeapBytes / 16 * 9));
            GC.RefreshMemoryLimit();
            NativeHeap.KeepSmall();
        }
    }

    /// <summary>Lays the fitted defaults over the documented ones, wherever a person has set nothing.</summary>
    public void FitDefaults(ConfigurationManager configuration)
    {
        if (Scale >= 1)
        {
            return;
        }

        var fitted = Scaled
            .Where(one => !IsSet(configuration, one.Key))
            .ToDictionary(static one => one.Key, one => Math.Max(one.Least, Part(one.Key)));
        var inFlight = Part(InFlightKey);
        var body = inFlight / 3;
        // A body must fit three times into what is in flight, whichever of the two a person has set.
        if (!IsSet(configuration, BodyKey))
        {
            fitted[BodyKey] =
                Read(configuration, InFlightKey) is { } set && IsSet(configuration, InFlightKey) ? Math.Min(body, set / 3) : body;
        }

        if (!IsSet(configuration, InFlightKey))
        {
            fitted[InFlightKey] =
                Read(configuration, BodyKey) is { } set && IsSet(configuration, BodyKey) ? Math.Max(inFlight, 3 * set) : inFlight;
        }

        ((IConfigurationBuilder)configuration).Add(
            new MemoryConfigurationSource
            {
                InitialData = fitted.Select(static one =>
                    KeyValuePair.Create(one.Key, (string?)one.Value.ToString(CultureInfo.InvariantCulture))
                ),
            }
        );
    }

    private long Part(string key) => (long)(DefaultOf(key) * Scale);

    private static long DefaultOf(string key) => long.Parse(KnownSettings.Find(key)!.Default!, CultureInfo.InvariantCulture);

    /// <summary>Anywhere but in the file that comes with the program; there, by another value than it came with.</summary>
    private static bool IsSet(IConfigurationRoot configuration, string key) =>
        configuration.Providers.Any(provider =>
            provider.TryGet(key, out var value)
            && !string.IsNullOrEmpty(value)
            && !(BridgeSettings.CameWithTheProgram(provider) && value == KnownSettings.Find(key)!.Default)
        );

    private static long? Read(ConfigurationManager configuration, string key) =>
        long.TryParse(configuration[key], NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
