using System.Globalization;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>An observation as bytes: equal observations give equal bytes, so that comparing hashes tells whether one changed.</summary>
/// <remarks>Left out are what has a column of its own: the id, and the readiness, which decides when it is sent and is no part of what is sent.</remarks>
internal static class ObservationCodec
{
    public static void Write(Observation observation, ByteWriter to)
    {
        to.NumberOrNull(observation.ParentId?.Value);
        to.Byte((byte)observation.Type);
        to.Byte((byte)observation.Level);
        to.Number(observation.StartUnixNano);
        to.Number(observation.EndUnixNano);
        to.Text(observation.Name);
        to.Text(observation.StatusMessage);
        to.Text(observation.Model);
        to.Pairs(observation.ModelParameters);
        WriteUsage(observation.Usage, to);
        to.Text(observation.Cost is { } cost ? ExactCost.Text(cost) : null);
        to.NumberOrNull(observation.CompletionStartUnixNano);
        to.Text(observation.Input);
        to.Text(observation.Output);
        to.Pairs(observation.Metadata);
    }

    public static Observation Read(ObservationId id, Readiness readiness, ReadOnlySpan<byte> data)
    {
        var from = new ByteReader(data);
        return new Observation
        {
            Id = id,
            Readiness = readiness,
            ParentId = from.NumberOrNull() is { } parent ? new ObservationId(parent) : null,
            Type = (ObservationType)from.Byte(),
            Level = (ObservationLevel)from.Byte(),
            StartUnixNano = from.Number(),
            EndUnixNano = from.Number(),
            Name = from.Text(),
            StatusMessage = from.TextOrNull(),
            Model = from.TextOrNull(),
            ModelParameters = from.Pairs(),
            Usage = ReadUsage(ref from),
            Cost = from.TextOrNull() is { } cost ? ExactCost.Read(cost) : null,
            CompletionStartUnixNano = from.NumberOrNull(),
            Input = from.TextOrNull(),
            Output = from.TextOrNull(),
            Metadata = from.Pairs(),
        };
    }

    private static void WriteUsage(Usage? usage, ByteWriter to)
    {
        to.Byte(usage is null ? (byte)0 : (byte)1);
        if (usage is null)
        {
            return;
        }

        to.Number((ulong)usage.Input);
        to.Number((ulong)usage.Output);
        to.Number((ulong)usage.CacheRead);
        to.Number((ulong)usage.CacheCreation);
        to.NumberOrNull((ulong?)usage.CacheCreation5m);
        to.NumberOrNull((ulong?)usage.CacheCreation1h);
    }

    private static Usage? ReadUsage(ref ByteReader from) =>
        from.Byte() == 0
            ? null
            : new Usage(
                (long)from.Number(),
                (long)from.Number(),
                (long)from.Number(),
                (long)from.Number(),
                (long?)from.NumberOrNull(),
                (long?)from.NumberOrNull()
            );
}

/// <summary>US dollars as text and as micros: exact until the one rounding.</summary>
internal static class ExactCost
{
    /// <summary>Without trailing zeros: 0.10 and 0.1 are one cost.</summary>
    public static string Text(decimal cost)
    {
        var text = cost.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <exception cref="StoreDamagedException">It is no decimal number.</exception>
    public static decimal Read(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost)
            ? cost
            : throw new StoreDamagedException("A cost in the store is no number.");

    /// <summary>Millionths of a dollar, half to even; the largest or smallest integer where it does not fit.</summary>
    public static long Micros(decimal cost)
    {
        const decimal Limit = 9_000_000_000_000m;
        return (long)Math.Round(Math.Clamp(cost, -Limit, Limit) * 1_000_000m, MidpointRounding.ToEven);
    }

    /// <summary>A sum that stays at the largest decimal rather than fail: one absurd cost must not make a session unreadable.</summary>
    public static decimal Add(decimal one, decimal other)
    {
        try
        {
            return one + other;
        }
        catch (OverflowException)
        {
            return one > 0 ? decimal.MaxValue : decimal.MinValue;
        }
    }
}
