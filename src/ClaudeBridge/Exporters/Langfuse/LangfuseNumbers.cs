using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Tokens, cost and model parameters as the JSON objects that Langfuse reads.</summary>
/// <remarks>Langfuse drops token counts that are no non-negative integers, and reads a cost that is a string as 0.</remarks>
internal static class LangfuseNumbers
{
    /// <summary>Token buckets that do not overlap; Langfuse sums them itself.</summary>
    public static string UsageDetails(Usage usage) =>
        Json(json =>
        {
            json.WriteStartObject();
            Write(json, LangfuseNames.UsageInput, usage.Input);
            Write(json, LangfuseNames.UsageOutput, usage.Output);
            Write(json, LangfuseNames.UsageCacheRead, usage.CacheRead);
            if (HasLifetimes(usage))
            {
                Write(json, LangfuseNames.UsageCacheCreation5m, usage.CacheCreation5m ?? 0);
                Write(json, LangfuseNames.UsageCacheCreation1h, usage.CacheCreation1h ?? 0);
            }
            else
            {
                Write(json, LangfuseNames.UsageCacheCreation, usage.CacheCreation);
            }

            json.WriteEndObject();
        });

    /// <summary>A cost in US dollars with exactly its digits.</summary>
    public static string CostDetails(decimal cost) =>
        $$"""{"{{LangfuseNames.CostTotal}}":{{cost.ToString("0.############################", CultureInfo.InvariantCulture)}}}""";

    /// <summary>Name to text, by name.</summary>
    public static string ModelParameters(IReadOnlyDictionary<string, string> parameters) =>
        Json(json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in parameters.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        });

    /// <summary>The two lifetimes are used only where they account for all cache writes.</summary>
    private static bool HasLifetimes(Usage usage) =>
        (usage.CacheCreation5m is not null || usage.CacheCreation1h is not null)
        && usage.CacheCreation5m is null or >= 0
        && usage.CacheCreation1h is null or >= 0
        && (usage.CacheCreation5m ?? 0) + (usage.CacheCreation1h ?? 0) == usage.CacheCreation;

    private static void Write(Utf8JsonWriter json, string name, long tokens)
    {
        if (tokens >= 0)
        {
            json.WriteNumber(name, tokens);
        }
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
