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
}
