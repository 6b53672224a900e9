namespace ClaudeBridge.Exporters;

/// <summary>One observation or score, encoded: what a destination is given to send.</summary>
/// <param name="Content">As the destination encoded it.</param>
/// <param name="Hash">Names the content; what the ledger compares.</param>
/// <param name="StartUnixNano">The start that it is sent with for ever.</param>
/// <param name="Version">Ascends from one content of it to the next, and is kept in the ledger: so a later content is told from an earlier one. The first is a time, so that it is so for another ledger too.</param>
internal sealed record Parcel(byte[] Content, ContentHash Hash, ulong StartUnixNano, int Version)
{
    /// <summary>What it takes in a request, about.</summary>
    public int Size => OtlpSpanBody.SizeOf(Content);
}
