namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Sends turns one request after another, and remembers what was answered. What got no answer is sent again when it goes on.</summary>
/// <param name="transport">HTTP as JSON, or gRPC.</param>
/// <param name="promptLength">How many characters each prompt has.</param>
internal sealed class TurnSender(string name, TimeSpan pause, Transport transport = Transport.Http, int promptLength = 4)
{
    private readonly IEnumerator<WireRequest> _requests = Endless(new Turns(name, promptLength)).GetEnumerator();
    private readonly List<WireRequest> _answered = [];
    private WireRequest? _unanswered;

    /// <summary>Requests that were answered with success, each once; as JSON, however they went.</summary>
    public IReadOnlyList<WireRequest> Answered => _answered;

    /// <summary>How often a request got no answer.</summary>
    public int Broken { get; private set; }

    /// <summary>How often it was told to come back later.</summary>
    public int TurnedAway { get; private set; }

    /// <summary>Until it is stopped, turned away, or the bridge is gone.</summary>
    public async Task RunAsync(OtlpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!await TrySendNextAsync(client))
            {
                return;
            }

            await Task.Delay(pause, CancellationToken.None);
        }
    }

    /// <summary>Sends what is left of the turn that was begun.</summary>
    public async Task FinishTurnAsync(OtlpClient client)
    {
        while (_unanswered is not null || _answered.Count % RequestsInTurn != 0)
        {
            (await TrySendNextAsync(client)).ShouldBeTrue("the bridge must answer now");
        }
    }

    private static int RequestsInTurn { get; } = new Turns("").Requests(0).Count();

    private async Task<bool> TrySendNextAsync(OtlpClient client)
    {
        if (_unanswered is null)
        {
            _requests.MoveNext();
            _unanswered = _requests.Current;
        }

        try
        {
            var answer = await client.SendAsync(transport == Transport.Grpc ? _unanswered.OverGrpc() : _unanswered);
            if (answer.Code == OtlpClient.NoAnswer)
            {
                Broken++;
                return false;
            }

            if (answer.Code is OtlpClient.HttpUnavailable or OtlpClient.GrpcUnavailable)
            {
                TurnedAway++;
                return false;
            }

            answer.IsAccepted.ShouldBeTrue($"{_unanswered.Name}: {answer.Code} {answer.Text}");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Broken++;
            return false;
        }

        _answered.Add(_unanswered);
        _unanswered = null;
        return true;
    }

    private static IEnumerable<WireRequest> Endless(Turns turns)
    {
        for (var turn = 0; ; turn++)
        {
            foreach (var request in turns.Requests(turn))
            {
                yield return request;
            }
        }
    }
}
