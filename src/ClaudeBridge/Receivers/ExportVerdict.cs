using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Receivers;

/// <summary>What the sender is told about an export: taken (as far as it could be read), or why not.</summary>
/// <param name="Export">What was read; null when the body could not be read.</param>
/// <param name="Error">Null exactly when the export was taken.</param>
internal readonly record struct ExportVerdict(DecodedExport? Export, RpcError? Error = null)
{
    public bool IsTaken => Error is null;
}
