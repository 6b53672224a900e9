namespace ClaudeBridge.Tests.Exporters;

/// <summary>Delivery beside a disk that fails, or that forgot the last of what it was told.</summary>
public sealed class DeliveryDiskTests
{
    [Fact]
    public async Task The_bridges_own_disk_is_tried_every_two_seconds_and_said_once_a_minute_and_delivery_goes_on_within_five()
    {
        const int Seconds = 600;
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.Feed.Failure = new IOException("No space left on device");
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.IsWaiting);
        var reads = harness.Feed.Reads;

        var began = harness.Clock.GetUtcNow();
        await harness.WaitedUntilAsync(() => harness.Clock.GetUtcNow() - began >= TimeSpan.FromSeconds(Seconds));
        (harness.Feed.Reads - reads).ShouldBeInRange(Seconds / 3, Seconds * 2);
        harness.Log.Count("error of our own").ShouldBeInRange(2, Seconds / 60 + 1);

        harness.Feed.Failure = null;
        var waited = await harness.WaitedUntilAsync(() => harness.Table.Observations.Count == 3);
        waited.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(5));
        harness.Table.ResentRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_ledger_set_back_in_time_sends_what_it_forgot_again_under_the_same_ids_and_starts()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(3);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();
        var earlier = await File.ReadAllBytesAsync(harness.LedgerPath, TestContext.Current.CancellationToken);
        harness.AddTurns(6);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();
        var rows = harness.Table.Observations.Select(static row => (row.TraceId, row.Id, row.Start)).Order().ToList();

        await File.WriteAllBytesAsync(harness.LedgerPath, earlier, TestContext.Current.CancellationToken);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Select(static row => (row.TraceId, row.Id, row.Start)).Order().ToList().ShouldBe(rows);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Table.ResentRows.Count.ShouldBe(3 * 3);
        harness.Loop.Progress.IsDrained.ShouldBeTrue();
    }

    [Fact]
    public async Task Pages_of_the_ledger_that_are_damaged_while_it_is_in_use_cost_what_stood_in_them_and_delivery_goes_on()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(40);
        await harness.StartAsync();
        await harness.DrainAsync();
        var rows = harness.Table.Observations.Select(static row => (row.TraceId, row.Id, row.Start)).Order().ToList();

        harness.Overwrite(pages: 4..8);
        // Written by another, so that what the bridge has read before counts no longer.
        harness.Forget("UPDATE destination SET route=route");
        harness.AddTurns(80);
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(80 * 3);
        harness.Table.Observations.Select(static row => (row.TraceId, row.Id, row.Start)).Intersect(rows).Order().ToList().ShouldBe(rows);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness
            .Log.Texts.Where(static text => text.Contains("was found damaged while it was in use", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldContain("could not be read");
        File.Exists(harness.LedgerPath + ".damaged").ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_of_the_ledger_that_cannot_be_understood_costs_itself_and_delivery_goes_on()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(2);
        await harness.StartAsync();
        await harness.DrainAsync();
        await harness.StopAsync();
        harness.Forget("UPDATE trace SET context='{' WHERE id=1");
        harness.AddTurns(4);
        await harness.StartAsync();
        await harness.DrainAsync();

        harness.Table.Observations.Count.ShouldBe(4 * 3);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        harness.Log.Count("was found damaged while it was in use").ShouldBe(1);
    }
}
