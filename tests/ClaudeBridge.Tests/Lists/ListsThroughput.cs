using System.Diagnostics;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.Figures;
using ClaudeBridge.Tests.Store;

namespace ClaudeBridge.Tests.Lists;

/// <summary>Run by hand: how long every question takes in a store of 10 000 sessions, 30 000 turns and 270 000 observations.</summary>
public sealed class ListsThroughput(ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public void Milliseconds_a_question()
    {
        using var store = new TestStore();
        ManySessions.Add(store);
        store.Writer.SettleAll(store.Now);
        var pages = StorePages.In(store.Folder);
        var first = new PageRequest(50);
        var trace = pages.Turns(new ViewFilter(), first).Items[0].TraceId;
        Measure("connection", () => store.Database.OpenReader().Dispose());
        foreach (var order in Enum.GetValues<PageOrder>())
        {
            Measure($"sessions by {order}", () => pages.Sessions(new ViewFilter(), first with { Order = order }));
            Measure($"turns by {order}", () => pages.Turns(new ViewFilter(), first with { Order = order }));
        }

        (string Name, ViewFilter Filter)[] filters =
        [
            ("user", new ViewFilter { User = "user-7" }),
            ("nobody", new ViewFilter { User = "nobody" }),
            ("tenant", new ViewFilter { Tenant = "none such" }),
            ("model", new ViewFilter { Model = "claude-opus-5-5" }),
            ("tool", new ViewFilter { Tool = "Bash" }),
            ("failed tool", new ViewFilter { Tool = "Bash", OnlyFailed = true }),
            ("failed", new ViewFilter { OnlyFailed = true }),
            ("team", new ViewFilter { Labels = [new("team", "team-3")] }),
            ("other label", new ViewFilter { Labels = [new("organisation", "none such")] }),
            ("complete", new ViewFilter { Completeness = "complete" }),
            ("conflict", new ViewFilter { Completeness = "conflict" }),
            ("text", new ViewFilter { Text = "hello" }),
            ("text not there", new ViewFilter { Text = "zebra" }),
            ("id", new ViewFilter { Text = "session-777" }),
            ("days", new ViewFilter { From = store.Now.AddDays(-30), To = store.Now.AddDays(-29) }),
        ];
        foreach (var (name, filter) in filters)
        {
            Measure($"sessions, {name}", () => pages.Sessions(filter, first));
            Measure($"turns, {name}", () => pages.Turns(filter, first));
        }

        Measure("session", () => pages.Session(null, "session-4711"));
        Measure("trace", () => pages.Trace(null, trace, null, 1000, 5000));
        Measure("values", () => pages.Values(null));
        Measure("members", () => pages.Members(null, first));
        Measure("events", () => pages.Events(new ViewFilter(), first));
    }

    private void Measure(string name, Action question)
    {
        question();
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var start = Stopwatch.GetTimestamp();
            question();
            var took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        output.WriteLine($"{best.TotalMilliseconds, 8:0.0} ms  {name}");
    }
}
