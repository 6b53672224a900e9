using System.Text.Json.Serialization;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Ledger;

[JsonSerializable(typeof(TraceContext))]
internal sealed partial class LedgerJson : JsonSerializerContext;
