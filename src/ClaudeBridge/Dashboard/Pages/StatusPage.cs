using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/status</c>: why nothing arrives, or that all is well; and what to set.</summary>
internal sealed class StatusPage(
    IStorePages store,
    IEnumerable<IHealthSource> sources,
    RefusalLog refusals,
    Arrivals arrivals,
    IBridgeFacts facts
)
{
    /// <summary>Records that are looked at for the list of events.</summary>
    private const int LatestEvents = 300;

    /// <summary>Members that are looked at for the signals.</summary>
    private const int LatestMembers = 200;

    private const int ShownRefusals = 20;

    public PageContent Make(PageContext page, string host)
    {
        var tenant = page.Caller.Tenant ?? page.Query["tenant"];
        var health = HealthSummary.Of(sources);
        var members = store.Members(tenant, new PageRequest(LatestMembers)).Items;
        var events = store.Events(new ViewFilter { Tenant = tenant, Service = "*" }, new PageRequest(LatestEvents)).Items;
        var senders = arrivals.Of(tenant);
        var checks = new StatusChecks(members, events, senders);
        var isOperator = page.Caller.Tenant is null;
        return new(
            "Status",
            html =>
            {
                html.Write($"<div class=\"head\"><h1>Status</h1>{Overall(health)}</div>\n");
                if (checks.IsNothing)
                {
                    html.Write(
                        $"""
                        {Nothing(isOperator)}
                        {(isOperator && refusals.Total > 0 ? Refusals(page) : null)}
                        {SetUp(host)}
                        <div class="columns">{Health(health, isOperator)}{(isOperator ? Deliveries(page) : null)}</div>
                        """
                    );
                    return;
                }

                html.Write(
                    $"""
                    <div class="columns">
                    {checks.Card(page)}
                    <div>{Health(health, isOperator)}{(isOperator ? Deliveries(page) : null)}</div>
                    </div>
                    {ArrivedTable.Of(page, senders)}
                    {Events(page, events)}
                    {(isOperator ? Refusals(page) : null)}
                    {SetUp(host)}
                    """
                );
            }
        )
        {
            IsLive = true,
        };
    }

    private static Fragment Overall(HealthSummary health) => html => html.Write($"<p class=\"overall\">{State(health.State)}</p>");

    private static Fragment State(HealthState state) =>
        state switch
        {
            HealthState.Ok => static html => html.Write($"<span class=\"badge ok\">{new Icon("ok")}works</span>"),
            HealthState.Degraded => static html =>
                html.Write($"<span class=\"badge warning\">{new Icon("warning")}works, needs a look</span>"),
            _ => static html => html.Write($"<span class=\"badge error\">{new Icon("error")}down</span>"),
        };

    /// <summary>The one thing to do when nothing has ever come; what was refused instead is the better hint.</summary>
    private Fragment Nothing(bool isOperator) =>
        html =>
        {
            html.Write(
                $"<section class=\"note warning\" aria-labelledby=\"arrives\"><h2 id=\"arrives\">{new Icon("warning")}Nothing has reached this bridge</h2>"
            );
            if (isOperator && refusals.Total > 0)
            {
                html.Write(
                    $"<p>Something knocked and was refused {Format.Count(refusals.Total, "time", "times")}: <a href=\"#refused\">why</a> stands below.</p></section>"
                );
                return;
            }

            html.Write(
                $"<ol><li>Set the variables below in the shell that starts Claude Code.</li><li>Start Claude Code again: a running one does not notice.</li><li>Give it a prompt. Within seconds this page says what has come.</li></ol><p>Still nothing? Look that <code>CLAUDE_CODE_ENABLE_TELEMETRY=1</code> is set in that shell: without it Claude Code sends nothing at all. A company's managed settings may set other values.</p></section>"
            );
        };

    private static Fragment Health(HealthSummary health, bool withDetails) =>
        html =>
        {
            html.Write(
                $"<section class=\"card\" aria-labelledby=\"parts\"><h2 id=\"parts\">Parts of the bridge</h2><table class=\"list\"><caption class=\"hidden\">Parts of the bridge</caption><tbody>"
            );
            foreach (var (name, report) in health.Components)
            {
                html.Write(
                    $"<tr><th scope=\"row\">{name}</th><td>{State(report.State)}{(withDetails && report.Detail is { } detail ? (Fragment)(inner => inner.Write($"<p class=\"small\">{detail}</p>")) : null)}</td></tr>"
                );
            }

            html.Write($"</tbody></table></section>");
        };

    private Fragment Deliveries(PageContext page) =>
        html =>
        {
            html.Write($"<section class=\"card\" aria-labelledby=\"delivery\"><h2 id=\"delivery\">Delivery</h2>");
            var deliveries = facts.Deliveries();
            if (deliveries.Count == 0)
            {
                html.Write(
                    $"<p>No destination is configured: everything stays here. For Langfuse set <code>LANGFUSE_PUBLIC_KEY</code>, <code>LANGFUSE_SECRET_KEY</code> and <code>LANGFUSE_HOST</code> for the bridge.</p></section>"
                );
                return;
            }

            foreach (var delivery in deliveries)
            {
                html.Write(
                    $"""
                    <h3>{delivery.Destination}: {delivery.Things} <span class="badge {(delivery.IsWell ? "ok" : "warning")}">{new Icon(
                        delivery.IsWell ? "ok" : "warning"
                    )}{delivery.State}</span></h3>
                    {(delivery.Reason is null || delivery.IsWell ? null : (Fragment)(inner => inner.Write($"<p>{delivery.Reason}</p>")))}
                    <dl class="row"><div><dt>Address</dt><dd>{delivery.Address
                        ?? "–"}</dd></div><div><dt>Sent since the start</dt><dd>{new Number(
                        delivery.Delivered
                    )}</dd></div><div><dt>Still to send</dt><dd>{new Number(
                        delivery.Undelivered
                    )}</dd></div><div><dt>Oldest waits for</dt><dd>{(
                        delivery.OldestAge is { } age ? Format.Length(age) : "–"
                    )}</dd></div><div><dt>Refused for good</dt><dd class="{(delivery.DeadLetters > 0 ? "bad" : "")}">{new Number(
                        delivery.DeadLetters
                    )}</dd></div><div><dt>Last sent</dt><dd>{(
                        delivery.LastDelivered is { } last
                            ? (Fragment)(inner => inner.Write($"{new Ago(last, page.Now)}"))
                            : static inner => inner.Write($"–")
                    )}</dd></div></dl>{(delivery.Rejected > 0 ? Rejected(delivery) : null)}{(delivery.DeadLetters > 0 ? RefusedForGood(delivery) : null)}
                    """
                );
            }

            html.Write($"</section>");
        };

    private static Fragment Rejected(DeliveryFact delivery) =>
        html =>
        {
            html.Write(
                $"<p class=\"small bad\">It took requests and rejected {new Number(delivery.Rejected)} of the {delivery.Things} in them since the start, without saying which; they are not sent again."
            );
            if (delivery.LastRejection is { } words)
            {
                html.Write($" The last time it said: {new Foreign(words)}");
            }

            html.Write($"</p>");
        };

    private static Fragment RefusedForGood(DeliveryFact delivery) =>
        html =>
        {
            if (delivery.Refusals.Count > 0)
            {
                html.Write($"<p class=\"small\">Why it refused the last ones for good:</p><ul class=\"small\">");
                foreach (var (reason, status, count) in delivery.Refusals)
                {
                    html.Write($"<li>{Format.Count(count, "time", "times")}");
                    if (status is { } code)
                    {
                        html.Write($", status {code}");
                    }

                    html.Write($": {new Foreign(reason)}</li>");
                }

                html.Write($"</ul>");
            }

            html.Write(
                $"<p class=\"small\">All of it is kept: <code>claudebridge queue list</code> shows it, <code>claudebridge queue retry</code> sends it again.</p>"
            );
        };

    private static Fragment? Events(PageContext page, IReadOnlyList<EventRow> events) =>
        events.Count == 0
            ? null
            : html =>
            {
                html.Write(
                    $"<section aria-labelledby=\"events\"><h2 id=\"events\">The last {events.Count} records, by name</h2><div class=\"scroll\"><table class=\"list\"><caption class=\"hidden\">The last records, by name</caption><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Kind</th><th scope=\"col\" class=\"num\">Records</th><th scope=\"col\" class=\"num\">Sessions</th><th scope=\"col\">Last</th></tr></thead><tbody>"
                );
                foreach (
                    var group in events
                        .GroupBy(static one => (one.Name, one.Kind))
                        .OrderByDescending(static group => group.Count())
                        .ThenBy(static group => group.Key.Name, StringComparer.Ordinal)
                )
                {
                    html.Write(
                        $"<tr><th scope=\"row\">{new Foreign(group.Key.Name)}</th><td data-label=\"Kind\">{group.Key.Kind}</td><td data-label=\"Records\" class=\"num\">{new Number(group.Count())}</td><td data-label=\"Sessions\" class=\"num\">{new Number(group.Select(static one => one.SessionId).Distinct().Count())}</td><td data-label=\"Last\">{new Ago(group.Max(static one => one.Time), page.Now)}</td></tr>"
                    );
                }

                html.Write($"</tbody></table></div></section>");
            };

    private Fragment Refusals(PageContext page) =>
        html =>
        {
            html.Write(
                $"<section aria-labelledby=\"refused\"><h2 id=\"refused\">Refused since the start: {new Number(refusals.Total)}</h2>"
            );
            var recent = refusals.Recent();
            if (recent.Count == 0)
            {
                html.Write($"<p class=\"dim\">No request was refused.</p></section>");
                return;
            }

            html.Write(
                $"<div class=\"scroll\"><table class=\"list\"><caption class=\"hidden\">Requests that were refused lately</caption><thead><tr><th scope=\"col\">When</th><th scope=\"col\">Port</th><th scope=\"col\">Path</th><th scope=\"col\" class=\"num\">Status</th><th scope=\"col\">Why</th></tr></thead><tbody>"
            );
            foreach (var refusal in recent.Take(ShownRefusals))
            {
                html.Write(
                    $"<tr><td data-label=\"When\" class=\"nowrap\">{new Ago(refusal.At, page.Now)}</td><td data-label=\"Port\">{PortOf(refusal.Door)}</td><td data-label=\"Path\"><code>{new Foreign(refusal.Path)}</code></td><td data-label=\"Status\" class=\"num\">{refusal.Status}</td><td data-label=\"Why\">{new Foreign(refusal.Reason)}</td></tr>"
                );
            }

            html.Write($"</tbody></table></div></section>");
        };

    private static string PortOf(Door door) =>
        door switch
        {
            Door.Grpc => "OTLP/gRPC",
            Door.Http => "OTLP/HTTP",
            _ => "dashboard",
        };

    private Fragment SetUp(string host) =>
        html =>
        {
            var settings = facts.ClientSettings(host);
            html.Write(
                $"""
                <section class="card" aria-labelledby="setup"><h2 id="setup">Set up Claude Code</h2>
                <p>In the shell that starts it:</p>
                <div class="copy"><button type="button" class="copybutton" data-copy="shell" hidden>Copy</button><pre id="shell" tabindex="0">{Shell(
                    settings
                )}</pre></div>
                <p>or for good, in <code>~/.claude/settings.json</code>:</p>
                <div class="copy"><button type="button" class="copybutton" data-copy="json" hidden>Copy</button><pre id="json" tabindex="0">{Json(
                    settings
                )}</pre></div>
                <p>For gRPC: <code>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</code> and <code>OTEL_EXPORTER_OTLP_ENDPOINT={facts.Scheme}://{host}:{facts.GrpcPort}</code>.</p>
                """
            );
            if (facts.CertificateSettings is { Count: > 0 } certificates)
            {
                html.Write($"<h3>Certificates are named as whole paths of PEM files, where they are needed</h3>");
                Settings(html, "Settings that name certificates", certificates);
            }

            html.Write($"<h3>Contents are sent only when you ask for them</h3>");
            Settings(html, "Settings that send contents", facts.ContentSettings);
            html.Write($"</section>");
        };

    private static void Settings(HtmlWriter html, string caption, IEnumerable<KeyValuePair<string, string>> settings)
    {
        html.Write($"<table class=\"pairs\"><caption class=\"hidden\">{caption}</caption><tbody>");
        foreach (var (setting, what) in settings)
        {
            html.Write($"<tr><th scope=\"row\"><code>{setting}</code></th><td>{what}</td></tr>");
        }

        html.Write($"</tbody></table>");
    }

    private static string Shell(IEnumerable<KeyValuePair<string, string>> settings) =>
        string.Join('\n', settings.Select(static setting => $"export {setting.Key}={setting.Value}"));

    private static string Json(IEnumerable<KeyValuePair<string, string>> settings) =>
        "{\n  \"env\": {\n"
        + string.Join(",\n", settings.Select(static setting => $"    \"{setting.Key}\": \"{setting.Value}\""))
        + "\n  }\n}";
}
