using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Ledger;

[JsonSerializable(typeof(TraceContext))]
internal sealed partial class LedgerJson : JsonSerializerContext
{
    /// <exception cref="LedgerDamagedException">It is not what was written.</exception>
    public static TraceContext ReadContext(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Default.TraceContext) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new LedgerDamagedException("what it holds of a trace cannot be read");
        }
    }
}
