using System.Text.Json;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Queue;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.Journal;
using ExporterSome = ClaudeBridge.Tests.Exporters.Some;

namespace ClaudeBridge.Tests.Cli;

/// <summary>Journal, store and ledger of one folder, mended on a real disk.</summary>
public sealed class FolderRepairTests : IDisposable
{
    private const string Hostile = "no\u001b[2Jway\u202e\r\nforged line";

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    private string Ledger => Path.Combine(_folder.Path, "delivery.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_can_be_read_of_a_damaged_ledger_is_saved_and_the_damaged_one_is_kept()
    {
        FillLedger(400);
        var damaged = Break(Ledger, page: 20);

        var step = Repair().Steps.ShouldHaveSingleItem();

        (step.Part, File.ReadAllBytes(step.Kept!).AsSpan().SequenceEqual(damaged)).ShouldBe(("ledger", true));
        DatabaseCheck.Run(Ledger, CancellationToken.None).State.ShouldBe(CheckedDatabase.Whole);
        using (var ledger = DeliveryLedger.Open(Ledger, TimeProvider.System))
        {
            var destination = ledger.For("a");
            (destination.Epoch, destination.Cursor).ShouldBe(("e1", 400));
            destination.DeadLetterCount.ShouldBeInRange(1, 40);
            using var change = destination.Begin();
            Enumerable
                .Range(1, 400)
                .Count(i => change.FindTrace(ExporterSome.Trace(i)) is { } trace && change.Find(trace, new ObservationId(1)) is not null)
                .ShouldBeInRange(300, 400);
        }

        Repair().Steps.ShouldBeEmpty();
    }

    [Fact]
    public void A_ledger_that_nobody_can_read_is_set_aside_and_it_is_said_what_that_means()
    {
        File.WriteAllBytes(Ledger, new byte[20_000]);
        File.WriteAllText(Ledger, new string('x', 20_000));

        var step = Repair().Steps.ShouldHaveSingleItem();

        step.What.ShouldContain("delivered once more, under the same ids");
        File.Exists(step.Kept).ShouldBeTrue();
        File.Exists(Ledger).ShouldBeFalse();
        DeliveryLedger.Open(Ledger, TimeProvider.System).Dispose();
    }

    [Fact]
    public async Task A_pipe_with_the_name_of_a_database_is_damage_and_holds_nothing_up()
    {
        StandIns.Pipe.Make(Ledger);
        StandIns.Pipe.Make(Path.Combine(_folder.Path, "store.db"));

        await Task.Run(Repair, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        File.Exists(Ledger).ShouldBeFalse();
        File.Exists(Ledger + ".damaged").ShouldBeTrue();
    }

    [Fact]
    public void A_repair_that_was_stopped_before_the_new_ledger_took_its_place_is_finished_by_the_next()
    {
        FillLedger(400);
        var whole = File.ReadAllBytes(Ledger);
        Break(Ledger, page: 20);
        File.WriteAllBytes(Ledger + ".mended", whole);
        File.WriteAllText(Ledger + ".mending", "half");

        Repair().Steps.ShouldHaveSingleItem().What.ShouldContain("an earlier repair");

        File.ReadAllBytes(Ledger).ShouldBe(whole);
        Repair().Steps.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repair_that_was_stopped_in_the_journal_is_done_again()
    {
        var (journal, path) = await DamagedJournalAsync();
        await File.WriteAllTextAsync(path + ".mending", "half", TestContext.Current.CancellationToken);
        KeptFile.Keep(path, KeptFile.NameFor(path));

        Repair().Steps.Count(static step => step.Part == "journal").ShouldBe(1);

        JournalVerification.Verify(DiskFiles.Instance, journal, TestContext.Current.CancellationToken).IsWhole.ShouldBeTrue();
        Directory.GetFiles(journal, "*.mending").ShouldBeEmpty();
        Directory.GetFiles(journal, "*.damaged*").Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_second_process_keeps_out_while_one_holds_the_folder()
    {
        var (journal, _) = await DamagedJournalAsync();
        using (DiskFiles.Instance.Lock(Path.Combine(journal, "lock")))
        {
            (await InvokeAsync("repair")).ShouldBe(ExitCode.Failed);
        }

        _error.ToString().Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("stop the bridge");
        (await InvokeAsync("repair")).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task Hostile_reasons_and_sessions_cannot_move_the_cursor_and_contents_are_not_listed()
    {
        FillLedger(1, session: Hostile, reason: Hostile);

        (await InvokeAsync("list")).ShouldBe(ExitCode.Done, _error.ToString());
        var listed = _out.ToString();
        listed.ShouldNotContain("\u001b");
        listed.ShouldNotContain("\u202e");
        listed.Split('\n').ShouldNotContain(static line => line.StartsWith("forged line", StringComparison.Ordinal));
        listed.ShouldContain("no [2Jway");
        listed.ShouldNotContain("the payload");

        (await InvokeAsync("show", "1")).ShouldBe(ExitCode.Done, _error.ToString());
        _out.ToString().ShouldNotContain("\u001b");
        _out.ToString().ShouldContain("the payload");
    }

    [Fact]
    public async Task The_json_of_list_and_verify_has_the_promised_names()
    {
        FillLedger(1);
        await DamagedJournalAsync();

        (await InvokeAsync("list", "--json")).ShouldBe(ExitCode.Done, _error.ToString());
        using (var json = JsonDocument.Parse(_out.ToString()))
        {
            Names(json.RootElement).ShouldBe(["folder", "time", "destinations", "journal", "store", "disk", "problems", "snapshots"]);
            var destination = json.RootElement.GetProperty("destinations")[0];
            Names(destination)
                .ShouldBe([
                    "name",
                    "things",
                    "state",
                    "route",
                    "cursor",
                    "latestRevision",
                    "undelivered",
                    "oldestUndelivered",
                    "oldestUndeliveredSeconds",
                    "deadLetters",
                    "asked",
                    "newestDeadLetters",
                ]);
            Names(destination.GetProperty("newestDeadLetters")[0])
                .ShouldBe([
                    "id",
                    "destination",
                    "time",
                    "sessionId",
                    "trace",
                    "observation",
                    "score",
                    "status",
                    "reason",
                    "payloadBytes",
                    "askedAt",
                    "note",
                ]);
        }

        _out.GetStringBuilder().Clear();
        (await InvokeAsync("verify", "--json")).ShouldBe(ExitCode.Failed);
        using (var json = JsonDocument.Parse(_out.ToString()))
        {
            Names(json.RootElement).ShouldBe(["folder", "isWhole", "journal", "databases", "snapshots"]);
            Names(json.RootElement.GetProperty("journal").GetProperty("damage")[0]).ShouldBe(["file", "from", "to", "bytes", "reason"]);
        }
    }

    [Fact]
    public async Task Snapshots_are_listed_and_verified_and_a_damaged_one_is_set_aside()
    {
        using (var store = new Store.TestStore(_folder.Path))
        {
            for (var i = 0; i < 2; i++)
            {
                store.Apply();
                await store.Database.Snapshots.CoverAsync(store.Database, store.Writer.Position, now: true, CancellationToken.None);
            }
        }

        (await InvokeAsync("verify")).ShouldBe(ExitCode.Done, _out.ToString() + _error);
        _out.ToString().ShouldContain($"store-{2:D20}.snapshot: whole");
        var path = Path.Combine(_folder.Path, "snapshots", $"store-{2:D20}.snapshot");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[5_000] ^= 4;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        (await InvokeAsync("verify")).ShouldBe(ExitCode.Failed);
        _out.ToString().ShouldContain($"store-{2:D20}.snapshot: damaged");
        var step = Repair().Steps.ShouldHaveSingleItem();
        (step.Part, File.ReadAllBytes(step.Kept!).AsSpan().SequenceEqual(bytes)).ShouldBe(("snapshot", true));
        (await InvokeAsync("verify")).ShouldBe(ExitCode.Done);
        _out.GetStringBuilder().Clear();
        (await InvokeAsync("list")).ShouldBe(ExitCode.Done);
        _out.ToString().ShouldContain("1 snapshot");
    }

    [Fact]
    public async Task Retry_of_what_is_not_there_fails_and_says_so()
    {
        FillLedger(1);

        (await InvokeAsync("retry", "--id", "77")).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("no such dead letter");
        (await InvokeAsync("retry", "--all")).ShouldBe(ExitCode.Done);
        _out.ToString().ShouldContain("1 dead letter goes to a again");
    }

    [Fact]
    public async Task A_ledger_of_a_newer_version_is_said_and_left_alone()
    {
        FillLedger(1);
        Execute("PRAGMA user_version=99");

        (await InvokeAsync("list")).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("newer version");
        (await InvokeAsync("retry", "--all")).ShouldBe(ExitCode.Failed);
        Repair().Steps.ShouldBeEmpty();
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(static property => property.Name);

    private Task<int> InvokeAsync(params string[] arguments) =>
        CommandTree.InvokeAsync(
            ["queue", .. arguments, "--data", _folder.Path],
            new CommandServices(Terminal.Over(_out, _error), TimeProvider.System),
            CancellationToken.None
        );

    private RepairedFolder Repair() =>
        new FolderRepair(QueueFolder.Open(_folder.Path), new JournalOptions(), TimeProvider.System, dryRun: false).Run(
            static _ => { },
            CancellationToken.None
        );

    private async Task<(string Folder, string Path)> DamagedJournalAsync()
    {
        var folder = Path.Combine(_folder.Path, "journal");
        await using (
            var journal = await ClaudeBridge.Journal.Journal.OpenAsync(
                folder,
                new JournalOptions(),
                TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
                TestContext.Current.CancellationToken
            )
        )
        {
            await journal.AppendAllAsync([.. Enumerable.Range(0, 40).Select(static i => $"{i} " + new string('x', 500))]);
        }

        var path = Directory.GetFiles(folder, "*.journal").Single();
        Break(path, page: 2);
        return (folder, path);
    }

    private void FillLedger(int traces, string session = "session-1", string reason = "no")
    {
        using (var ledger = DeliveryLedger.Open(Ledger, TimeProvider.System))
        {
            var destination = ledger.For("a");
            destination.StartEpoch("e1");
            using var change = destination.Begin();
            for (var i = 1; i <= traces; i++)
            {
                var trace = change.AddTrace(ExporterSome.Trace(i), ExporterSome.Context());
                var hash = ContentHash.Of([(byte)i]);
                change.Depart(ExporterSome.Trace(i), trace, new ObservationId(1), 5, hash);
                if (i % 10 == 1)
                {
                    change.Refuse(Letter(trace, i, session, hash), reason, 400);
                }
                else
                {
                    change.Acknowledge(ExporterSome.Trace(i), trace.Key, new ObservationId(1), hash);
                }
            }

            change.MoveCursor(traces);
            change.Commit();
        }

        Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static PendingItem Letter(LedgerTrace trace, int number, string session, ContentHash hash) =>
        new()
        {
            Revision = number,
            TraceId = ExporterSome.Trace(number),
            ObservationId = new ObservationId(1),
            SessionId = session,
            TraceKey = trace.Key,
            What = "one",
            Source = ExporterSome.Trace(number),
            Parcel = new Parcel("\"the payload \\u001b\""u8.ToArray(), hash, 5, 1),
        };

    private static byte[] Break(string path, int page)
    {
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(page * 4096, 2048).Fill(0xA5);
        File.WriteAllBytes(path, bytes);
        return bytes;
    }

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Ledger};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
