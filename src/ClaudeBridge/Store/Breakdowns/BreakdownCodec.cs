using System.Runtime.InteropServices;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>A breakdown as bytes: equal ones give equal bytes, so that comparing them tells whether one changed.</summary>
/// <remarks>
/// <code>
///   texts: count, texts                         what the keys say, each once
///   entries, to the end:
///     kind and parts (one byte), hours after the entry before, key (numbers of texts, 0 for none), calls
///     the parts that are there: failures, tokens, cost, estimate
///     durations: count, microseconds, each after the one before
/// </code>
/// </remarks>
internal static class BreakdownCodec
{
    internal const byte KindMask = 0b11;
    internal const byte HasFailures = 1 << 2;
    internal const byte HasTokens = 1 << 3;
    internal const byte HasCost = 1 << 4;
    internal const byte HasEstimate = 1 << 5;
    internal const byte HasLabels = 1 << 6;

    public static void Write(IReadOnlyList<BreakdownEntry> entries, ByteWriter to)
    {
        var texts = new List<string>();
        foreach (var entry in entries)
        {
            Note(entry.Key.Model, texts);
            Note(entry.Key.Tool, texts);
            Note(entry.Key.McpServer, texts);
            Note(entry.Key.Skill, texts);
            Note(entry.Key.Agent, texts);
        }

        to.Number((ulong)texts.Count);
        texts.ForEach(to.Text);
        var hour = 0L;
        foreach (var entry in entries)
        {
            Write(entry, hour, texts, to);
            hour = entry.Key.Hour;
        }
    }

    private static void Write(BreakdownEntry entry, long hourBefore, List<string> texts, ByteWriter to)
    {
        var parts = PartsOf(entry);
        to.Byte((byte)((byte)entry.Key.Kind | parts));
        to.Number((ulong)(entry.Key.Hour - hourBefore));
        to.Number(Place(entry.Key.Model, texts));
        to.Number(Place(entry.Key.Tool, texts));
        if ((parts & HasLabels) != 0)
        {
            to.Number(Place(entry.Key.McpServer, texts));
            to.Number(Place(entry.Key.Skill, texts));
            to.Number(Place(entry.Key.Agent, texts));
        }

        to.Number((ulong)entry.Calls);
        if ((parts & HasFailures) != 0)
        {
            to.Number((ulong)entry.Failed);
            to.Number((ulong)entry.Refused);
            to.Number((ulong)entry.Errors);
        }

        if ((parts & HasTokens) != 0)
        {
            to.Number((ulong)entry.Generations);
            to.Number((ulong)entry.Input);
            to.Number((ulong)entry.Output);
            to.Number((ulong)entry.CacheRead);
            to.Number((ulong)entry.CacheCreation);
        }

        if ((parts & HasCost) != 0)
        {
            entry.Cost.Write(to);
        }

        entry.Estimate?.Write(to);
        to.Number((ulong)entry.Durations.Count);
        var before = 0L;
        foreach (var duration in CollectionsMarshal.AsSpan(entry.Durations))
        {
            to.Number((ulong)(duration - before));
            before = duration;
        }
    }

    private static byte PartsOf(BreakdownEntry entry)
    {
        var hasFailures = (entry.Failed | entry.Refused | entry.Errors) != 0;
        var hasTokens = (entry.Generations | entry.Input | entry.Output | entry.CacheRead | entry.CacheCreation) != 0;
        var hasLabels = (entry.Key.McpServer ?? entry.Key.Skill ?? entry.Key.Agent) is not null;
        return (byte)(
            (hasFailures ? HasFailures : 0)
            | (hasTokens ? HasTokens : 0)
            | (entry.Cost.IsZero ? 0 : HasCost)
            | (entry.Estimate is null ? 0 : HasEstimate)
            | (hasLabels ? HasLabels : 0)
        );
    }

    private static void Note(string? text, List<string> texts)
    {
        if (text is not null && !texts.Contains(text))
        {
            texts.Add(text);
        }
    }

    private static ulong Place(string? text, List<string> texts) => text is null ? 0 : (ulong)texts.IndexOf(text) + 1;
}

/// <summary>Reads the entries of one stored breakdown, one after the other, without making anything for them.</summary>
internal ref struct BreakdownReader
{
    private const int MostTexts = 1_000_000;

    private readonly string[] _texts;
    private readonly bool _withDurations;
    private ByteReader _from;
    private long _hour;

    /// <param name="withDurations">Without them the entries have none: reading them takes longer than all the rest.</param>
    /// <exception cref="StoreDamagedException">It is no breakdown.</exception>
    public BreakdownReader(ReadOnlySpan<byte> data, bool withDurations = true)
    {
        _withDurations = withDurations;
        _from = new ByteReader(data);
        var count = _from.Number();
        if (count > MostTexts || count > (ulong)data.Length)
        {
            throw new StoreDamagedException("A breakdown in the store claims more texts than it can hold.");
        }

        _texts = new string[count];
        for (var i = 0; i < _texts.Length; i++)
        {
            _texts[i] = _from.ShortText();
        }
    }

    /// <summary>Fills in the next entry; false at the end.</summary>
    /// <exception cref="StoreDamagedException">It is no breakdown.</exception>
    public bool Read(BreakdownEntry into)
    {
        into.Clear();
        if (_from.IsAtEnd)
        {
            return false;
        }

        var head = _from.Byte();
        _hour += (long)_from.Number();
        var (model, tool) = (Text(), Text());
        var hasLabels = (head & BreakdownCodec.HasLabels) != 0;
        into.Key = new BreakdownKey(
            _hour,
            (BreakdownKind)(head & BreakdownCodec.KindMask),
            model,
            tool,
            hasLabels ? Text() : null,
            hasLabels ? Text() : null,
            hasLabels ? Text() : null
        );
        into.Calls = (long)_from.Number();
        if ((head & BreakdownCodec.HasFailures) != 0)
        {
            into.Failed = (long)_from.Number();
            into.Refused = (long)_from.Number();
            into.Errors = (long)_from.Number();
        }

        if ((head & BreakdownCodec.HasTokens) != 0)
        {
            into.Generations = (long)_from.Number();
            into.Input = (long)_from.Number();
            into.Output = (long)_from.Number();
            into.CacheRead = (long)_from.Number();
            into.CacheCreation = (long)_from.Number();
        }

        into.Cost = (head & BreakdownCodec.HasCost) != 0 ? CostSum.Read(ref _from) : default;
        into.Estimate = (head & BreakdownCodec.HasEstimate) != 0 ? CostSum.Read(ref _from) : null;
        if (!_withDurations)
        {
            _from.SkipNumbers(_from.Number());
            return true;
        }

        var duration = 0L;
        for (var count = _from.Number(); count > 0; count--)
        {
            into.Durations.Add(duration += (long)_from.Number());
        }

        return true;
    }

    private string? Text()
    {
        var place = _from.Number();
        return place == 0 ? null
            : place <= (ulong)_texts.Length ? _texts[place - 1]
            : throw new StoreDamagedException("A breakdown in the store names a text that it does not hold.");
    }
}
