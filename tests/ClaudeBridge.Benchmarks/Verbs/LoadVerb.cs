using System.CommandLine;
using System.Net;
using ClaudeBridge.Benchmarks.Load;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>load</c>: sends generated traffic to any OTLP endpoint.</summary>
internal static class LoadVerb
{
    public static Command Create()
    {
        var endpoint = new Option<string>("--endpoint")
        {
            Description = "Where to send: http://127.0.0.1:4318, or the gRPC port for grpc.",
            DefaultValueFactory = _ => "http://127.0.0.1:4318",
        };
        var protocol = new Option<string>("--protocol")
        {
            Description = "How requests are framed and encoded.",
            DefaultValueFactory = _ => "http-protobuf",
        };
        protocol.AcceptOnlyFromAmong([.. WireProtocol.All.Select(static one => one.Name)]);
        var prefix = new Option<string>("--path-prefix") { Description = "Before /v1/logs.", DefaultValueFactory = _ => "" };
        var headers = new Option<string[]>("--header") { Description = "'Name: value', also as gRPC metadata. May be repeated." };
        var records = CommonOptions.RecordsPerRequest();
        var connections = CommonOptions.Number("--connections", "Connections, one request at a time on each.", 16, 1, 4096);
        var seconds = CommonOptions.Seconds("--seconds", "How long to measure.", 10);
        var warmup = CommonOptions.Seconds("--warmup", "How long to send before measuring.", 2);
        var rate = new Option<double?>("--rate")
        {
            Description =
                "Records per second on a fixed schedule; latency then counts from the time a request was meant to go. Default: as fast as answers come.",
        };
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && value is not (> 0 and < 1e8))
            {
                result.AddError("--rate must be above 0 and below 100 million records per second.");
            }
        });
        var id = new Option<int?>("--pid") { Description = "The target's process id: its CPU time and memory are measured (Linux)." };
        var drain = CommonOptions.Seconds(
            "--drain",
            "Wait at most so long after the last answer for the target to come to rest; its work then counts too. Needs --pid.",
            0
        );
        var quiet = CommonOptions.Seconds("--drain-quiet", "How long the target must have been idle to be at rest.", 3, 300);
        var timeout = CommonOptions.Seconds("--timeout", "How long to wait for one answer.", 30, 600);
        var sessions = CommonOptions.Sessions();
        var turns = CommonOptions.TurnsPerSession();
        var seed = CommonOptions.Seed();
        var remote = new Option<bool>("--allow-remote") { Description = "Send to another machine. Only to one whose owner agrees." };
        var json = CommonOptions.Json();
        var command = new Command(
            "load",
            "Send Claude Code-like log records to any OTLP endpoint and measure answers, latency and the target's CPU."
        )
        {
            endpoint,
            protocol,
            prefix,
            headers,
            records,
            connections,
            seconds,
            warmup,
            rate,
            id,
            drain,
            quiet,
            timeout,
            sessions,
            turns,
            seed,
            remote,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var settings = new LoadSettings
                {
                    Endpoint = Check(parsed.GetValue(endpoint)!, parsed.GetValue(remote)),
                    Protocol = WireProtocol.Of(parsed.GetValue(protocol)!),
                    PathPrefix = parsed.GetValue(prefix)!,
                    Headers = [.. (parsed.GetValue(headers) ?? []).Select(ReadHeader)],
                    RecordsPerRequest = parsed.GetValue(records),
                    Connections = parsed.GetValue(connections),
                    Length = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    Warmup = TimeSpan.FromSeconds(parsed.GetValue(warmup)),
                    Rate = parsed.GetValue(rate),
                    TargetId = parsed.GetValue(id),
                    Drain = TimeSpan.FromSeconds(parsed.GetValue(drain)),
                    DrainQuiet = TimeSpan.FromSeconds(parsed.GetValue(quiet)),
                    Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                    Sessions = parsed.GetValue(sessions),
                    TurnsPerSession = parsed.GetValue(turns),
                    Seed = CommonOptions.SeedOf(parsed.GetValue(seed)),
                };
                var report = await LoadRun.RunAsync(settings, Console.Error, cancel);
                if (parsed.GetValue(json))
                {
                    CommonOptions.WriteJson(report);
                }
                else
                {
                    report.Print(Console.Out);
                }

                return report.IsAllSuccess ? 0 : 1;
            }
        );
        return command;
    }

    private static Uri Check(string text, bool mayBeRemote)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new BenchmarkException($"'{text}' is not an address like http://127.0.0.1:4318.");
        }

        var isLocal = endpoint.IsLoopback || (IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address));
        return isLocal || mayBeRemote
            ? endpoint
            : throw new BenchmarkException($"{endpoint.Host} is not this machine; give --allow-remote if its owner agrees to the load.");
    }

    private static KeyValuePair<string, string> ReadHeader(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !text.AsSpan().ContainsAny('\r', '\n')
            ? new KeyValuePair<string, string>(text[..colon].Trim(), text[(colon + 1)..].Trim())
            : throw new BenchmarkException("A header is written 'Name: value'.");
    }
}
