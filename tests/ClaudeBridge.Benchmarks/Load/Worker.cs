using System.Diagnostics;
using System.Threading.Channels;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>One connection with the users behind it, and what it saw. Sends one request at a time.</summary>
internal sealed class Worker(LoadSettings settings, BodySource bodies) : IDisposable
{
    /// <summary>After a failure to connect, so that a missing target is not asked a million times.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IExportConnection _connection = settings.Protocol.IsGrpc ? new GrpcConnection(settings) : new HttpConnection(settings);

    public BodySource Bodies { get; } = bodies;

    public LatencyHistogram Latency { get; private set; } = new();

    public Dictionary<Answer, long> Answers { get; } = [];

    /// <summary>Bytes of all bodies sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>Begins the counting anew.</summary>
    public void Forget()
    {
        Latency = new LatencyHistogram();
        Answers.Clear();
        Bytes = 0;
    }

    /// <summary>Sends the next request as soon as the answer to the last one is there.</summary>
    public async Task RushAsync(TimeSpan length, CancellationToken cancel)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < length; )
        {
            var body = Bodies.Next();
            await SendAsync(body, Stopwatch.GetTimestamp(), cancel);
        }
    }

    /// <summary>Sends when a request falls due; latency counts from the time it was meant to go, so a slow answer shows in those behind it.</summary>
    public async Task FollowAsync(ChannelReader<long> due, CancellationToken cancel)
    {
        while (await due.WaitToReadAsync(cancel))
        {
            while (due.TryRead(out var intended))
            {
                await SendAsync(Bodies.Next(), intended, cancel);
            }
        }
    }

    public void Dispose() => _connection.Dispose();

    private async ValueTask SendAsync(Workload.RequestBuffer body, long since, CancellationToken cancel)
    {
        Bytes += body.Length;
        var answer = await _connection.SendAsync(body, cancel);
        Latency.Add(Stopwatch.GetElapsedTime(since));
        Answers[answer] = Answers.GetValueOrDefault(answer) + 1;
        if (answer.Kind == AnswerKind.NotConnected)
        {
            await Task.Delay(Pause, cancel);
        }
    }
}
