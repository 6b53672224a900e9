using System.CommandLine;
using ClaudeBridge.Benchmarks.Sinks;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>sink</c>: something to send to, for the generator's own ceiling and for single stages of the bridge.</summary>
internal static class SinkVerb
{
    public static Command Create()
    {
        var kind = new Option<string>("--as")
        {
            Description =
                "discard: reads and drops. receivers: the bridge's own ports, checks and decoder, and a journal that keeps nothing. "
                + "journal: the same with the bridge's journal, and nothing behind it.",
            DefaultValueFactory = _ => "discard",
        };
        kind.AcceptOnlyFromAmong("discard", "receivers", "journal");
        var http = CommonOptions.Number("--http-port", "OTLP/HTTP port; 0 takes a free one.", 14318, 0, 65535);
        var grpc = CommonOptions.Number("--grpc-port", "OTLP/gRPC port; 0 takes a free one.", 14317, 0, 65535);
        var seconds = CommonOptions.Seconds("--seconds", "After which it stops by itself.", 300);
        var data = new Option<string?>("--data") { Description = "The journal's folder. Default: a temporary one, deleted at the end." };
        var command = new Command("sink", "Accept exports on loopback and drop them; stops by itself.") { kind, http, grpc, seconds, data };
        command.SetAction(
            async (parsed, cancel) =>
            {
                await using var sink = parsed.GetValue(kind) switch
                {
                    "discard" => await Sink.DiscardAsync(parsed.GetValue(http), parsed.GetValue(grpc), cancel),
                    "receivers" => await ReceiverSink.StartAsync(
                        parsed.GetValue(http),
                        parsed.GetValue(grpc),
                        parsed.GetValue(data),
                        false,
                        cancel
                    ),
                    _ => await ReceiverSink.StartAsync(parsed.GetValue(http), parsed.GetValue(grpc), parsed.GetValue(data), true, cancel),
                };
                await Console.Out.WriteLineAsync($"ready: http {sink.HttpPort}, grpc {sink.GrpcPort}, pid {Environment.ProcessId}");
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancel);
                }
                catch (OperationCanceledException)
                {
                    // Asked to stop earlier.
                }

                return 0;
            }
        );
        return command;
    }
}
