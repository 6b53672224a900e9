using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Exporters;

public sealed class DeliveryLedgerTests : IDisposable
{
    private static readonly ContentHash One = ContentHash.Of("one"u8);
    private static readonly ContentHash Two = ContentHash.Of("two"u8);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("claudebridge-");
    private readonly ManualTimeProvider _clock = new();

    private string LedgerPath => Path.Combine(_folder.FullName, "delivery.db");

    [Fact]
    public void A_committed_change_is_there_after_opening_again()
    {
        using (var ledger = Open())
        {
            var destination = ledger.For("a");
            destination.StartEpoch("e1");
            using var change = destination.Begin();
            var trace = change.AddTrace(Some.Trace(), Some.Context());
            change.Depart(Some.Trace(), trace, new ObservationId(1), ulong.MaxValue, One);
            change.Acknowledge(Some.Trace(), trace.Key, new ObservationId(1), One);
            change.MoveCursor(42);
            change.Commit();
        }

        using var reopened = Open();
        var again = reopened.For("a");
        (again.Epoch, again.Cursor).ShouldBe(("e1", 42));
        using var reading = again.Begin();
        var known = reading.FindTrace(Some.Trace()).ShouldNotBeNull();
        known.Context.Tags.ShouldBe(["terminal:vscode"]);
        known.Context.Metadata["organization_id"].ShouldBe("org-1");
        reading.Find(known, new ObservationId(1)).ShouldBe(new LedgerEntry(ulong.MaxValue, One, null, null));
        reading.FindTrace(Some.Trace(2)).ShouldBeNull();
    }

    [Fact]
    public void Each_other_content_of_an_observation_counts_and_the_same_again_does_not()
    {
        using var ledger = Open();
        using var change = ledger.For("a").Begin();
        var trace = change.AddTrace(Some.Trace(), Some.Context());

        int Depart(ContentHash content) => change.Depart(Some.Trace(), trace, new ObservationId(1), 5, content);
        var first = Depart(One);
        Depart(One).ShouldBe(first, "there was no answer yet");
        change.Acknowledge(Some.Trace(), trace.Key, new ObservationId(1), One);
        Depart(Two).ShouldBe(first + 1);
        Depart(One).ShouldBe(first + 2);
    }

    [Fact]
    public void A_ledger_of_the_first_version_goes_on()
    {
        using (var ledger = Open())
        {
            using var change = ledger.For("a").Begin();
            var trace = change.AddTrace(Some.Trace(), Some.Context());
            change.Depart(Some.Trace(), trace, new ObservationId(1), 5, One);
            change.Commit();
        }

        Execute(
            WithoutThird + "ALTER TABLE destination DROP COLUMN route; ALTER TABLE observation DROP COLUMN version; PRAGMA user_version=1"
        );

        using (var ledger = Open())
        {
            ledger.For("a").Route.ShouldBeNull();
            ledger.For("a").NoteRoute("OTLP");
            using var change = ledger.For("a").Begin();
            var trace = change.FindTrace(Some.Trace()).ShouldNotBeNull();
            change.Depart(Some.Trace(), trace, new ObservationId(1), 5, Two).ShouldBe(1);
            change.Commit();
        }

        using var again = Open();
        again.For("a").Route.ShouldBe("OTLP");
    }

    [Fact]
    public void Dead_letters_of_a_ledger_of_the_second_version_can_be_asked_for()
    {
        using (var ledger = Open())
        {
            using var change = ledger.For("a").Begin();
            var trace = change.AddTrace(Some.Trace(), Some.Context());
            change.Depart(Some.Trace(), trace, new ObservationId(1), 5, One);
            change.Refuse(Letter(trace), "no", 400);
            change.Commit();
        }

        Execute(WithoutThird + "PRAGMA user_version=2");
        DeadLetterRequests.Ask(LedgerPath, new DeadLetterFilter(), _clock.GetUtcNow()).ShouldBe([new("a", 1)]);

        using var again = Open();
        var letter = again.For("a").AskedAgain(10).ShouldHaveSingleItem();
        (letter.Reason, letter.Status, letter.Source, letter.Score).ShouldBe(("no", 400, null, null));
        again.For("a").DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public void A_change_that_is_not_committed_never_was()
    {
        using var ledger = Open();
        var destination = ledger.For("a");
        using (var change = destination.Begin())
        {
            change.AddTrace(Some.Trace(), Some.Context());
            change.MoveCursor(7);
        }

        destination.Cursor.ShouldBe(0);
        using var reading = destination.Begin();
        reading.FindTrace(Some.Trace()).ShouldBeNull();
    }

    [Fact]
    public void Destinations_know_nothing_of_each_other()
    {
        using var ledger = Open();
        Deliver(ledger.For("a"), Some.Trace(), new ObservationId(1), One);
        using var reading = ledger.For("b").Begin();

        reading.FindTrace(Some.Trace()).ShouldBeNull();
        ledger.For("b").Cursor.ShouldBe(0);
    }

    [Fact]
    public void The_first_start_counts_and_an_answer_counts_for_what_was_sent()
    {
        using var ledger = Open();
        var destination = ledger.For("a");
        using var change = destination.Begin();
        var (id, trace) = (new ObservationId(ulong.MaxValue), change.AddTrace(Some.Trace(), Some.Context()));
        change.Depart(Some.Trace(), trace, id, 10, One);
        change.Depart(Some.Trace(), trace, id, 20, Two);
        change.Acknowledge(Some.Trace(), trace.Key, id, One);

        change.Find(trace, id).ShouldBe(new LedgerEntry(10, One, Two, null));
    }

    [Fact]
    public void A_new_epoch_starts_over_and_forgets_nothing_that_was_delivered()
    {
        using var ledger = Open();
        var destination = ledger.For("a");
        destination.StartEpoch("e1");
        Deliver(destination, Some.Trace(), new ObservationId(1), One);
        destination.StartEpoch("e2");

        (destination.Epoch, destination.Cursor, destination.ForgottenBefore).ShouldBe(("e2", 0, null));
        using var reading = destination.Begin();
        reading.Find(reading.FindTrace(Some.Trace())!, new ObservationId(1))!.Value.Acknowledged.ShouldBe(One);
    }

    [Fact]
    public void Pruning_takes_the_old_and_remembers_in_a_rebuilt_store_that_there_was_something()
    {
        using var ledger = Open();
        var destination = ledger.For("a");
        destination.StartEpoch("e1");
        Deliver(destination, Some.Trace(1), new ObservationId(1), One);
        _clock.Advance(TimeSpan.FromDays(20));
        Deliver(destination, Some.Trace(2), new ObservationId(1), One);

        destination.Prune(TimeSpan.FromDays(10), CancellationToken.None).ShouldBe(1);

        using (var reading = destination.Begin())
        {
            reading.FindTrace(Some.Trace(1)).ShouldBeNull();
            reading.FindTrace(Some.Trace(2)).ShouldNotBeNull();
        }

        destination.ForgottenBefore.ShouldBeNull();
        destination.StartEpoch("e2");
        destination.ForgottenBefore.ShouldBe(5UL);
    }

    public static TheoryData<string, Action<string>> Damages =>
        new()
        {
            { "garbage", static path => File.WriteAllText(path, new string('x', 5_000)) },
            { "zeroed pages", static path => Overwrite(path, static bytes => bytes.AsSpan(4096, 8192).Clear()) },
            { "cut short", static path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..6_000]) },
            { "another program's", static path => OfAnotherProgram(path) },
            { "a folder", static path => ReplaceByFolder(path) },
        };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_ledger_is_set_aside_and_said_and_a_sound_one_takes_its_place(string how, Action<string> damage)
    {
        using (var ledger = Open())
        {
            for (var i = 1; i <= 200; i++)
            {
                Deliver(ledger.For("d"), Some.Trace(i), new ObservationId((ulong)i), new ContentHash((ulong)i));
            }
        }

        damage(LedgerPath);
        var log = new Store.CollectedLog();
        using (var again = DeliveryLedger.Open(LedgerPath, _clock, log: log))
        {
            again.For("d").Cursor.ShouldBeOneOf([0, 200], how);
            Deliver(again.For("d"), Some.Trace(1), new ObservationId(1), new ContentHash(1));
        }

        var said = log.Lines.Count;
        log.Lines[^1].ShouldMatch("delivered once more|are saved into a new one");
        Path.Exists(LedgerPath + ".damaged").ShouldBeTrue();
        using var sound = DeliveryLedger.Open(LedgerPath, _clock, log: log);
        log.Lines.Count.ShouldBe(said, "the new one is whole");
    }

    [Fact]
    public void The_start_saves_what_can_be_read_of_a_damaged_ledger_starts_and_hashes_among_it()
    {
        Fill(200);
        Overwrite(LedgerPath, static bytes => bytes.AsSpan(8 * 4096, 4096).Clear());

        var log = new Store.CollectedLog();
        using var again = DeliveryLedger.Open(LedgerPath, _clock, log: log);

        again.For("d").Cursor.ShouldBe(200);
        Known(again, 200).ShouldBeInRange(100, 200);
        log.Lines[^1].ShouldContain("are saved into a new one");
        log.Lines[^1].ShouldContain(".damaged");
    }

    [Fact]
    public void A_repair_that_ended_between_its_last_two_steps_is_finished_by_the_start()
    {
        Fill(200);
        File.Copy(LedgerPath, LedgerPath + ".mended");
        // What the damaged one is without its log: it looks whole, and is old.
        Overwrite(LedgerPath, static _ => { });
        using (var old = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={LedgerPath};Pooling=False"))
        {
            old.Open();
            using var command = old.CreateCommand();
            command.CommandText = "DELETE FROM observation; PRAGMA wal_checkpoint(TRUNCATE)";
            command.ExecuteNonQuery();
        }

        var log = new Store.CollectedLog();
        using (var again = DeliveryLedger.Open(LedgerPath, _clock, log: log))
        {
            Known(again, 200).ShouldBe(200);
        }

        log.Lines.ShouldHaveSingleItem().ShouldContain("takes its place");
        File.Exists(LedgerPath + ".mended").ShouldBeFalse();
    }

    [Fact]
    public void What_a_repair_left_that_never_came_to_its_end_does_not_take_the_place_of_a_ledger_in_use()
    {
        Fill(1);
        File.Copy(LedgerPath, LedgerPath + ".old");
        Fill(3, from: 2);
        File.Move(LedgerPath + ".old", LedgerPath + ".mended");
        File.WriteAllText(LedgerPath + "-wal", "of the damaged ledger");
        Open().Dispose();
        File.Exists(LedgerPath + ".mended").ShouldBeFalse();
        using var again = Open();
        Known(again, 3).ShouldBe(3);
    }

    [Fact]
    public async Task A_pipe_with_the_name_of_the_ledger_is_set_aside()
    {
        StandIns.Pipe.Make(LedgerPath);
        var log = new Store.CollectedLog();
        await Task.Run(() => DeliveryLedger.Open(LedgerPath, _clock, log: log).Dispose(), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        log.Lines.ShouldHaveSingleItem().ShouldContain("no file");
    }

    private void Fill(int count, int from = 1)
    {
        using var ledger = Open();
        for (var i = from; i <= count; i++)
        {
            Deliver(ledger.For("d"), Some.Trace(i), new ObservationId((ulong)i), new ContentHash((ulong)i));
        }
    }

    private static int Known(DeliveryLedger ledger, int count)
    {
        using var reading = ledger.For("d").Begin();
        return Enumerable
            .Range(1, count)
            .Count(i => reading.FindTrace(Some.Trace(i)) is { } trace && reading.Find(trace, new ObservationId((ulong)i)) is not null);
    }

    private static void Overwrite(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void OfAnotherProgram(string path)
    {
        File.Delete(path);
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE recipes(name TEXT)";
        command.ExecuteNonQuery();
    }

    private static void ReplaceByFolder(string path)
    {
        File.Delete(path);
        Directory.CreateDirectory(path);
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-shm")]
    [InlineData("-journal")]
    public void A_folder_where_a_companion_of_the_ledger_should_be_is_set_aside_and_costs_nothing_else(string companion)
    {
        Fill(20);
        ReplaceByFolder(LedgerPath + companion);

        var log = new Store.CollectedLog();
        using var again = DeliveryLedger.Open(LedgerPath, _clock, log: log);

        Known(again, 20).ShouldBe(20);
        log.Lines.ShouldHaveSingleItem().ShouldContain(companion);
    }

    [Fact]
    public void A_ledger_of_a_newer_version_is_refused()
    {
        Open().Dispose();
        Execute("PRAGMA user_version=99");

        Should.Throw<InvalidDataException>(Open).Message.ShouldContain("newer version");
    }

    private const string WithoutThird = """
        DROP INDEX dead_letter_asked;
        ALTER TABLE dead_letter DROP COLUMN source; ALTER TABLE dead_letter DROP COLUMN score;
        ALTER TABLE dead_letter DROP COLUMN asked; ALTER TABLE dead_letter DROP COLUMN note;
        """;

    private static PendingItem Letter(LedgerTrace trace) =>
        new()
        {
            Revision = 1,
            TraceId = Some.Trace(),
            ObservationId = new ObservationId(1),
            SessionId = "session-1",
            TraceKey = trace.Key,
            What = "one",
            Source = Some.Trace(),
            Parcel = new Parcel([1, 2, 3], One, 5, 1),
        };

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Deliver(DestinationLedger destination, TraceId traceId, ObservationId id, ContentHash content)
    {
        using var change = destination.Begin();
        var trace = change.AddTrace(traceId, Some.Context());
        change.Depart(traceId, trace, id, 5, content);
        change.Acknowledge(traceId, trace.Key, id, content);
        change.MoveCursor(destination.Cursor + 1);
        change.Commit();
    }

    private DeliveryLedger Open() => DeliveryLedger.Open(LedgerPath, _clock);

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={LedgerPath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
