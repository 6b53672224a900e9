using ClaudeBridge.Exporters;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Equal ids of two tenants are two things to the ledger; what belongs to no tenant is kept as it always was.</summary>
public sealed class LedgerKeyTests
{
    private static readonly TraceId Trace = new(42);

    [Fact]
    public void A_trace_of_no_tenant_is_kept_under_its_own_id() => LedgerKey.Of("", Trace).ShouldBe(Trace);

    [Fact]
    public void Tenants_with_equal_trace_ids_do_not_meet() =>
        new[] { LedgerKey.Of("", Trace), LedgerKey.Of("north", Trace), LedgerKey.Of("south", Trace) }.Distinct().Count().ShouldBe(3);

    [Fact]
    public void Scores_of_equal_sessions_do_not_meet_either() =>
        new[] { ScoresOf(""), ScoresOf("north"), ScoresOf("south") }.Select(SessionScoresKey.Of).Distinct().Count().ShouldBe(3);

    private static SessionScores ScoresOf(string tenant) =>
        new()
        {
            SessionId = "S",
            Tenant = tenant,
            Timestamp = default,
            FirstTrace = Trace,
            Scores = [],
        };
}
