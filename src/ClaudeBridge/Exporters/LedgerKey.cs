using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>Under which id the ledger keeps a trace: its own, and for a tenant's one that no other tenant's trace has, whatever ids their clients gave.</summary>
internal static class LedgerKey
{
    public static TraceId Of(string tenant, TraceId trace) =>
        tenant.Length == 0 ? trace : TraceId.FromBytes(SHA256.HashData([.. trace.ToBytes(), .. Encoding.UTF8.GetBytes(tenant)]));
}
