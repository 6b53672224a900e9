using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClaudeBridge.Access;
using ClaudeBridge.Store.Pages;
using Microsoft.Net.Http.Headers;

namespace ClaudeBridge.Query.Http;

/// <summary>One question on its way to its answer.</summary>
internal sealed class ApiCall(HttpContext http, ApiRoute route, Arguments arguments, Caller caller, string mediaType, QueryParts parts)
{
    public HttpContext Http => http;

    public Arguments Arguments => arguments;

    public Caller Caller => caller;

    public QueryParts Parts => parts;

    /// <summary>The one of the route's media types that the caller wants.</summary>
    public string MediaType => mediaType;

    public bool IsHead => HttpMethods.IsHead(http.Request.Method);

    public CancellationToken Cancelled => http.RequestAborted;

    /// <summary>Whose data may be seen: null for everybody's, empty for what belongs to no tenant.</summary>
    /// <exception cref="ApiProblemException">A key of one tenant asks for another's; the answer is the same whether that exists or not.</exception>
    public string? Tenant
    {
        get
        {
            var asked = arguments.Has(CommonParameters.Tenant) ? arguments.Text(CommonParameters.Tenant) : null;
            asked = asked == Labels.None ? "" : asked;
            return caller.Tenant is null ? asked
                : asked is null || asked == caller.Tenant ? caller.Tenant
                : throw ApiProblemException.Wrong(CommonParameters.Tenant.Name, "This key sees its own tenant alone; leave 'tenant' out.");
        }
    }

    /// <exception cref="ApiProblemException">Too many ask at the moment.</exception>
    public Task<T> AskAsync<T>(Func<IStorePages, T> question) => parts.Gate.AskAsync(() => question(parts.Pages), Cancelled);

    public PageRequest Page(PageOrder order = PageOrder.Latest) =>
        new(arguments.Number(CommonParameters.Limit(parts.Options)), arguments.Text(CommonParameters.Cursor), order);

    public Task WriteAsync<T>(T answer, JsonTypeInfo<T> shape, string contentType = Query.Http.MediaType.Json)
    {
        http.Response.ContentType = contentType;
        return JsonSerializer.SerializeAsync(http.Response.BodyWriter, answer, shape, Cancelled);
    }

    /// <summary>A page as the caller wants it. Where the next one is stands in the header too (RFC 8288), which serves CSV as well.</summary>
    public Task WriteAsync<T>(Page<T> page, JsonTypeInfo<Page<T>> shape, IReadOnlyList<Column<T>> columns)
    {
        if (page.Next is not null)
        {
            http.Response.Headers[HeaderNames.Link] = $"<{NextAddress(page.Next)}>; rel=\"next\"";
        }

        return mediaType == Query.Http.MediaType.Csv ? WriteCsvAsync(page.Items, columns) : WriteAsync(page, shape);
    }

    public Task WriteCsvAsync<T>(IEnumerable<T> rows, IReadOnlyList<Column<T>> columns)
    {
        http.Response.ContentType = Csv.ContentType;
        var text = new Csv().Header(columns);
        foreach (var row in rows)
        {
            text.Row(row, columns);
        }

        return http.Response.WriteAsync(text.Take(), Cancelled);
    }

    public override string ToString() => route.Id;

    private string NextAddress(string cursor)
    {
        var name = CommonParameters.Cursor.Name;
        var pairs = http.Request.Query.Where(pair => !pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Append(new(name, cursor));
        return http.Request.Path.ToUriComponent() + QueryString.Create(pairs).ToUriComponent();
    }
}
