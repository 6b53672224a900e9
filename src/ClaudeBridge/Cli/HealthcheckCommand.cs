using System.CommandLine;
using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge healthcheck</c>: exit code 0 when the bridge answers that it works, well or degraded. For containers.</summary>
internal static class HealthcheckCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge healthcheck",
        "claudebridge healthcheck --url http://bridge.internal:4318/health",
    ];

    private const int MaxAnswerBytes = 1024 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var url = new Option<string?>("--url")
        {
            Description = "Where to ask. Default: /health of the bridge on this machine, by its settings.",
            HelpName = "URL",
        };
        var command = new Command(
            "healthcheck",
            "Ask the bridge whether it works; for containers and service managers. Exit code 0 also when it is degraded, "
                + "for example while Langfuse is away: a restart would not mend that. The reason is printed."
        )
        {
            url,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                if (parsed.GetValue(url) is { } given)
                {
                    await AskAsync(AddressOf(given), key: null, cancel);
                    return ExitCode.Done;
                }

                var settings = new ConfigurationBuilder().AddBridgeSettings(common.DataOf(parsed)).Build();
                await AskAsync(AddressOf(LocalAddress(settings)), KeyOf(settings), cancel);
                return ExitCode.Done;
            }
        );
        return command;

        async Task AskAsync(Uri address, string? key, CancellationToken cancel)
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
            {
                Timeout = Timeout,
                MaxResponseContentBufferSize = MaxAnswerBytes,
            };
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (key is not null)
            {
                request.Headers.TryAddWithoutValidation("x-api-key", key);
            }

            try
            {
                using var answer = await client.SendAsync(request, cancel);
                var health = HealthAnswer.Read(await answer.Content.ReadAsByteArrayAsync(cancel));
                if (!answer.IsSuccessStatusCode)
                {
                    throw new CommandFailure(
                        $"The bridge at {address} answers {(int)answer.StatusCode}{(health is null ? "" : $", {health}")}; its log says why."
                    );
                }

                await services.Terminal.Out.WriteLineAsync(health?.ToString() ?? "healthy");
            }
            catch (HttpRequestException exception)
            {
                throw new CommandFailure($"No bridge answers at {address}; start it with 'claudebridge run'.", inner: exception);
            }
            catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
            {
                throw new CommandFailure($"The bridge at {address} did not answer within {Timeout.TotalSeconds:0} s.", inner: exception);
            }
        }
    }

    /// <summary>The health page of the bridge that the same settings would start; an address that means "all" is asked on loopback.</summary>
    internal static string LocalAddress(IConfiguration settings)
    {
        var host = settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}"];
        var port = settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.HttpPort)}"];
        var shown = host switch
        {
            null or "" or "0.0.0.0" or "::" or "[::]" or "*" or "+" or "localhost" => "127.0.0.1",
            _ when host.Contains(':', StringComparison.Ordinal) && host[0] != '[' => $"[{host}]",
            _ => host,
        };
        return $"http://{shown}:{(port is { Length: > 0 } ? port : "4318")}/health";
    }

    /// <summary>A key of the bridge, which tells its holder why a part is unwell. Only for the address that comes from the same settings.</summary>
    private static string? KeyOf(IConfiguration settings)
    {
        var single = settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}"];
        var key = string.IsNullOrWhiteSpace(single) ? settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKeys)}:0"] : single;
        return string.IsNullOrWhiteSpace(key) ? null : key.Trim();
    }

    private static Uri AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailure($"'{text}' is not an http address; write it like http://127.0.0.1:4318/health.", ExitCode.Usage);
}
