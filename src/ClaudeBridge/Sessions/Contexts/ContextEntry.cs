using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace ClaudeBridge.Sessions.Contexts;

/// <summary>What a caller said of a session at one time, as it stands in the journal: keys with values, and from when they hold.</summary>
/// <remarks>When it holds was decided when it was taken and is part of it, so that it means the same whenever it is read again.</remarks>
public sealed class ContextEntry
{
    private const string Kind = "session.context";

    private static readonly Origin NoOrigin = new(new(), new());

    private ContextEntry(ReadOnlyMemory<byte> body) => Body = body;

    public string SessionId { get; private init; } = "";

    /// <summary>Whose session is meant; empty for one of none.</summary>
    public string Tenant { get; private init; } = "";

    /// <summary>Holds from the beginning of the session, and instead of what was said earlier of its keys.</summary>
    public bool IsFromStart { get; private init; }

    /// <summary>When it was taken: entries of a session are told apart and ordered by it. Nanoseconds since 1970.</summary>
    public ulong TakenUnixNano { get; private init; }

    /// <summary>From when it holds; 0 means from the beginning. Nanoseconds since 1970.</summary>
    public ulong EffectiveUnixNano { get; private init; }

    /// <summary>A turn that began so little before <see cref="EffectiveUnixNano"/> is the one that was meant. Nanoseconds.</summary>
    public ulong GraceNano { get; private init; }

    /// <summary>By key, sorted; null takes a key back.</summary>
    public IReadOnlyDictionary<string, string?> Keys { get; private init; } = new Dictionary<string, string?>();

    /// <summary>The entry as JSON: what the journal and the store keep.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The key that facts of this session are grouped by.</summary>
    public string SessionKey => Sessions.SessionKey.Within(Tenant, Sessions.SessionKey.OfSession(SessionId));

    public static ContextEntry Create(
        string sessionId,
        bool isFromStart,
        ulong takenUnixNano,
        ulong effectiveUnixNano,
        ulong graceNano,
        IReadOnlyDictionary<string, string?> keys,
        string tenant = ""
    )
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, Kind);
            json.WriteString("session"u8, sessionId);
            if (tenant.Length > 0)
            {
                json.WriteString("tenant"u8, tenant);
            }

            json.WriteString("from"u8, isFromStart ? "start" : "now");
            Write(json, "taken", takenUnixNano);
            Write(json, "effective", effectiveUnixNano);
            Write(json, "grace", graceNano);
            json.WriteStartObject("keys"u8);
            foreach (var (key, value) in keys.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Read(buffer.WrittenMemory.ToArray());
    }

    /// <returns>Null when it is a control entry of another kind.</returns>
    /// <exception cref="FormatException">It is one of this kind, or none at all, and cannot be read.</exception>
    public static ContextEntry? TryRead(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (!root.TryGetProperty("kind"u8, out var kind) || !kind.ValueEquals(Kind))
            {
                return null;
            }

            var keys = new SortedDictionary<string, string?>(StringComparer.Ordinal);
            foreach (var pair in root.GetProperty("keys"u8).EnumerateObject())
            {
                keys[pair.Name] = pair.Value.GetString();
            }

            return new ContextEntry(body)
            {
                SessionId = root.GetProperty("session"u8).GetString() ?? throw new FormatException("It names no session."),
                Tenant = root.TryGetProperty("tenant"u8, out var tenant) ? tenant.GetString() ?? "" : "",
                IsFromStart = root.GetProperty("from"u8).ValueEquals("start"u8),
                TakenUnixNano = Number(root, "taken"),
                EffectiveUnixNano = Number(root, "effective"),
                GraceNano = Number(root, "grace"),
                Keys = keys,
            };
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new FormatException("It is no entry of a session's context.", wrong);
        }
    }

    /// <exception cref="FormatException">It is no entry of a session's context.</exception>
    public static ContextEntry Read(ReadOnlyMemory<byte> body) =>
        TryRead(body) ?? throw new FormatException("It is no entry of a session's context.");

    /// <summary>The entry as a fact of its session; its identity is the hash of the body.</summary>
    public Fact ToFact() =>
        new()
        {
            Id = RecordId.FromBytes(SHA256.HashData(Body.Span)),
            Origin = NoOrigin,
            Context = this,
        };

    /// <summary>As text: JSON's numbers are doubles to many readers.</summary>
    private static void Write(Utf8JsonWriter json, string name, ulong number) =>
        json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));

    private static ulong Number(JsonElement root, string name) =>
        ulong.Parse(root.GetProperty(name).GetString() ?? "", NumberStyles.None, CultureInfo.InvariantCulture);
}
