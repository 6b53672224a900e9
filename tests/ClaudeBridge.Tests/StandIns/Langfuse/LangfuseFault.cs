namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>What the stand-in does to a request instead of taking it.</summary>
public sealed record LangfuseFault
{
    public int Status { get; init; } = 200;

    public string Body { get; init; } = """{"message":"fault on demand"}""";

    public string ContentType { get; init; } = "application/json";

    /// <summary>Response headers, such as <c>Retry-After</c> or <c>Location</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Never answers; the connection stays open.</summary>
    public bool Hangs { get; init; }

    /// <summary>Closes the connection without an answer.</summary>
    public bool Cuts { get; init; }

    /// <summary>Takes the spans all the same: only the answer is lost.</summary>
    public bool Takes { get; init; }

    /// <summary>Requests without spans are answered as if all were well.</summary>
    public bool SparesProbes { get; init; }

    public static LangfuseFault Answer(int status) => new() { Status = status };

    public static LangfuseFault TooMany(string retryAfter) =>
        new()
        {
            Status = 429,
            Headers = new Dictionary<string, string> { ["Retry-After"] = retryAfter },
        };

    public static LangfuseFault Redirect(string location) =>
        new()
        {
            Status = 302,
            Headers = new Dictionary<string, string> { ["Location"] = location },
        };

    public static LangfuseFault Hang { get; } = new() { Hangs = true };

    public static LangfuseFault Cut { get; } = new() { Cuts = true };

    /// <summary>The spans are taken, the answer never arrives.</summary>
    public static LangfuseFault LoseAnswer { get; } = new() { Takes = true, Cuts = true };

    public static LangfuseFault WebPage { get; } = new() { Body = "<!doctype html><title>Welcome</title>", ContentType = "text/html" };
}
