namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Numbers the sessions of one answer, 40 bytes each however long their ids are. Programs that use the same id have sessions of their own.</summary>
internal sealed class SessionNumbers
{
    private readonly Dictionary<UInt128, int> _numbers = [];
    private readonly ByteWriter _buffer = new();

    /// <param name="service">The other program; null for Claude Code.</param>
    public int Of(string? service, string? tenant, string sessionId)
    {
        _buffer.Clear();
        _buffer.Text(service);
        _buffer.Text(tenant);
        _buffer.Text(sessionId);
        var key = _buffer.Hash();
        if (!_numbers.TryGetValue(key, out var number))
        {
            _numbers.Add(key, number = _numbers.Count);
        }

        return number;
    }
}
