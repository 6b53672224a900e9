using System.Text;

namespace ClaudeBridge.Otlp;

/// <summary>Short strings that come again and again (attribute keys, scope names), so that each is made once and not once a record.</summary>
/// <remarks>
/// A bounded, lossy table: a slot keeps the last string that fell into it. Shared by all threads without a lock; a slot is one reference,
/// and a lost race costs one allocation.
/// </remarks>
public static class StringCache
{
    private const int Slots = 4096;
    private const int MaxBytes = 64;

    private static readonly Entry?[] s_entries = new Entry?[Slots];

    /// <param name="utf8">Text without JSON escapes. Invalid UTF-8 becomes U+FFFD.</param>
    public static string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > MaxBytes)
        {
            return utf8.IsEmpty ? "" : Encoding.UTF8.GetString(utf8);
        }

        ref var slot = ref s_entries[Slot(utf8)];
        var entry = slot;
        if (entry is not null && utf8.SequenceEqual(entry.Utf8))
        {
            return entry.Text;
        }

        var text = Encoding.UTF8.GetString(utf8);
        slot = new Entry(utf8.ToArray(), text);
        return text;
    }

    private static int Slot(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u;
        foreach (var b in utf8)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return (int)((hash ^ (hash >> 15)) % Slots);
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
