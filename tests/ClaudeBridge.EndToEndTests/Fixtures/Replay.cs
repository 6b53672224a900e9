namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What a list of requests makes, each once and in order.</summary>
internal static class Replay
{
    /// <param name="requests">As JSON.</param>
    public static async Task<Shown> OfAsync(IEnumerable<WireRequest> requests)
    {
        using var folder = new TemporaryFolder();
        var file = folder["requests.jsonl"];
        await using (var stream = File.Create(file))
        {
            foreach (var request in requests)
            {
                await stream.WriteAsync(request.Body);
                stream.WriteByte((byte)'\n');
            }
        }

        return await Shown.OfReplayAsync(file);
    }
}
