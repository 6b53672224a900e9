using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>The ingestion API of the stand-in: <c>POST /api/public/ingestion</c>.</summary>
public sealed class IngestionDoor(LangfuseTable table)
{
    private const int MaxBody = 4_718_592;

    private readonly Lock _gate = new();
    private readonly Queue<LangfuseFault> _nextFaults = [];
    private readonly HashSet<string> _acknowledged = [];
    private readonly List<string> _repeated = [];
    private LangfuseFault? _standingFault;

    /// <summary>Requests, whatever came of them.</summary>
    public int Requests { get; private set; }

    /// <summary>Requests without any event.</summary>
    public int Probes { get; private set; }

    /// <summary>Requests that held events.</summary>
    public int Batches => Requests - Probes;

    /// <summary>The most bytes in one request.</summary>
    public long MostBytes { get; private set; }

    /// <summary>Envelopes that came again after they had been acknowledged.</summary>
    public IReadOnlyList<string> Repeated
    {
        get
        {
            lock (_gate)
            {
                return [.. _repeated];
            }
        }
    }

    /// <summary>The types of all events that were taken.</summary>
    public IReadOnlyList<string> TakenTypes
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    private readonly List<string> _taken = [];

    /// <summary>Judges an event before the stand-in does: 0 leaves it to it, -1 keeps silent about it and forgets it.</summary>
    public Func<JsonElement, int> Judge { get; set; } = static _ => 0;

    /// <summary>What the answer says of an event that <see cref="Judge"/> refuses.</summary>
    public string JudgedWords { get; set; } = "on demand";

    public string? LastContentError { get; private set; }

    public void FailNext(params LangfuseFault[] faults)
    {
        lock (_gate)
        {
            foreach (var fault in faults)
            {
                _nextFaults.Enqueue(fault);
            }
        }
    }

    public void Fail(LangfuseFault? fault)
    {
        lock (_gate)
        {
            _standingFault = fault;
        }
    }

    internal async Task HandleAsync(HttpContext context, LangfuseEdition edition, bool isAuthorized)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        using var json = Parse(context.Request, buffer);
        LangfuseFault? fault;
        lock (_gate)
        {
            Requests++;
            MostBytes = Math.Max(MostBytes, buffer.Length);
            Probes += json?.RootElement.TryGetProperty("batch", out var list) == true && list.GetArrayLength() == 0 ? 1 : 0;
            fault = _nextFaults.TryDequeue(out var next) ? next : _standingFault;
        }

        if (fault is { Hangs: true })
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        else if (fault is { Cuts: true })
        {
            context.Abort();
        }
        else if (fault is not null)
        {
            foreach (var (name, value) in fault.Headers)
            {
                context.Response.Headers[name] = value;
            }

            await AnswerAsync(context, fault.Status, fault.Body, fault.ContentType);
        }
        else if (!isAuthorized)
        {
            await AnswerAsync(context, 401, """{"error":"UnauthorizedError","message":"Invalid credentials"}""");
        }
        else if (buffer.Length > MaxBody)
        {
            await AnswerAsync(context, 413, "Body exceeded 4.5mb limit", "text/plain");
        }
        else if (json is null)
        {
            await AnswerAsync(context, 400, "Invalid JSON", "text/plain");
        }
        else
        {
            await AnswerAsync(context, 207, Taken(json.RootElement.GetProperty("batch"), edition));
        }
    }

    private static JsonDocument? Parse(HttpRequest request, MemoryStream body)
    {
        try
        {
            // No encoding is undone: what is compressed is no JSON.
            return request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true
                ? JsonDocument.Parse(Encoding.UTF8.GetString(body.ToArray()))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Taken(JsonElement batch, LangfuseEdition edition)
    {
        try
        {
            return Take(batch, edition);
        }
        catch (Exception fault)
        {
            // A fault of the stand-in's own must not pass for one of the server's.
            LastContentError = fault.ToString();
            throw;
        }
    }

    private string Take(JsonElement batch, LangfuseEdition edition)
    {
        var (successes, errors) = (new List<JsonObject>(), new List<JsonObject>());
        lock (_gate)
        {
            foreach (var item in batch.EnumerateArray())
            {
                var type = item.GetProperty("type").GetString()!;
                var id = item.GetProperty("id").GetString()!;
                var judged = Judge(item);
                if (judged == -1 || type == "sdk-log")
                {
                    continue;
                }

                var isForOtlp = !edition.TakesTracesByIngestion && type is not "score-create";
                var problem =
                    judged > 0 ? JudgedWords
                    : isForOtlp ? "traces are taken over OTLP"
                    : IngestionContract.Violation(item, edition);
                if (problem is null)
                {
                    if (!_acknowledged.Add(id))
                    {
                        _repeated.Add(id);
                    }

                    _taken.Add(type);
                    table.Take(
                        type,
                        item.GetProperty("timestamp").GetString()!,
                        JsonNode.Parse(item.GetProperty("body").GetRawText())!.AsObject(),
                        edition
                    );
                    successes.Add(new JsonObject { ["id"] = id, ["status"] = 201 });
                    continue;
                }

                LastContentError = judged > 0 || isForOtlp ? LastContentError : problem;
                errors.Add(
                    new JsonObject
                    {
                        ["id"] = id,
                        ["status"] = judged > 0 ? judged : 400,
                        ["message"] = isForOtlp ? "Event type not accepted" : "Invalid request data",
                        ["error"] = problem,
                    }
                );
            }
        }

        // In another order than they came.
        successes.Reverse();
        return new JsonObject { ["successes"] = new JsonArray([.. successes]), ["errors"] = new JsonArray([.. errors]) }.ToJsonString();
    }

    private static async Task AnswerAsync(HttpContext context, int status, string body, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    }
}
