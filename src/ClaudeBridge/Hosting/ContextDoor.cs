using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions.Contexts;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ClaudeBridge.Hosting;

/// <summary><c>/api/sessions/{id}/context</c>: says what a session works on, and asks what was said.</summary>
internal sealed class ContextDoor(SessionContexts contexts, IOptions<ContextOptions> options, RetryAdvice retry, RefusalLog refusals)
{
    public const string Path = "/api/sessions/{id}/context";

    private const int MaxIdLength = 200;

    /// <summary>People read the answers: quotes and letters stay what they are.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ContextOptions _options = options.Value;

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var method = context.Request.Method;
            if (HttpMethods.IsPut(method))
            {
                await PutAsync(context);
            }
            else if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            {
                await GetAsync(context);
            }
            else
            {
                context.Response.Headers.Allow = "GET, HEAD, PUT";
                throw Refused(StatusCodes.Status405MethodNotAllowed, "Only GET and PUT are understood here.");
            }
        }
        catch (ContextRefusedException refused)
        {
            await RefuseAsync(context, refused);
        }
    }

    private async Task PutAsync(HttpContext context)
    {
        var id = SessionIdOf(context);
        var body = await ReadBodyAsync(context.Request);
        await contexts.SayAsync(TenantOf(context), id, ContextRequest.Read(body.Span, _options.MaxKeys), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task GetAsync(HttpContext context)
    {
        var id = SessionIdOf(context);
        var session = await contexts.FindAsync(TenantOf(context), id, context.RequestAborted);
        if (session is { LastUnixNano: null, Entries.Count: 0 })
        {
            throw Refused(StatusCodes.Status404NotFound, "There is no such session, and nothing was said of it.");
        }

        await WriteAsync(
            context,
            "application/json",
            json =>
            {
                json.WriteString("session"u8, id);
                json.WriteStartObject("context"u8);
                foreach (var (key, value) in ContextRules.InForce(session.Entries))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }
        );
    }

    /// <summary>The caller's own. Who holds a key of the whole bridge may name one.</summary>
    private static string TenantOf(HttpContext context)
    {
        var caller = context.Caller();
        var named = context.Request.Query["tenant"].ToString();
        return named.Length == 0 || named == caller.Tenant ? caller.SendsFor
            : caller.Tenant is not null ? throw Refused(StatusCodes.Status403Forbidden, "This key is another tenant's.")
            : TenantName.IsValid(named) ? named
            : throw Refused(StatusCodes.Status400BadRequest, $"A tenant's name is {TenantName.Form}.");
    }

    private static string SessionIdOf(HttpContext context)
    {
        var id = PathValue.Of(context, "id");
        return id.Length is > 0 and <= MaxIdLength && !id.Any(char.IsControl)
            ? id
            : throw Refused(
                StatusCodes.Status400BadRequest,
                $"A session id has 1 to {MaxIdLength} characters, none of them a control character."
            );
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request)
    {
        if (!IsJson(request))
        {
            throw Refused(
                StatusCodes.Status415UnsupportedMediaType,
                "The body must be JSON in UTF-8, not compressed, with the header 'Content-Type: application/json'."
            );
        }

        var buffer = new byte[_options.MaxBodyBytes + 1];
        var length = 0;
        if (!(request.ContentLength > _options.MaxBodyBytes))
        {
            try
            {
                length = await request.Body.ReadAtLeastAsync(
                    buffer,
                    buffer.Length,
                    throwOnEndOfStream: false,
                    request.HttpContext.RequestAborted
                );
            }
            catch (BadHttpRequestException bad)
            {
                throw Refused(bad.StatusCode, "The body could not be read.");
            }
        }

        return request.ContentLength > _options.MaxBodyBytes || length > _options.MaxBodyBytes
            ? throw Refused(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {_options.MaxBodyBytes} bytes.")
            : buffer.AsMemory(0, length);
    }

    private static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.Count == 0
        && request.GetTypedHeaders().ContentType is { } type
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>Problem details (RFC 9457).</summary>
    private Task RefuseAsync(HttpContext context, ContextRefusedException refused)
    {
        refusals.Add(Door.Dashboard, context.Request.Path.Value ?? "", refused.Status, refused.Message);
        context.Response.StatusCode = refused.Status;
        if (refused.Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = ((int)retry.Next().TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(
            context,
            "application/problem+json",
            json =>
            {
                json.WriteString("type"u8, "about:blank");
                json.WriteString("title"u8, Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(refused.Status));
                json.WriteNumber("status"u8, refused.Status);
                json.WriteString("detail"u8, refused.Message);
                if (refused.Key is not null)
                {
                    json.WriteString("key"u8, refused.Key);
                }
            }
        );
    }

    private static async Task WriteAsync(HttpContext context, string contentType, Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Plain))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = memory.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(memory.GetBuffer().AsMemory(0, (int)memory.Length), context.RequestAborted);
        }
    }

    private static ContextRefusedException Refused(int status, string message) => new(message, status: status);
}
