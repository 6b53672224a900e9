namespace ClaudeBridge.Tests.Journal;

/// <summary>Somebody tidies up under a running bridge: what is answered afterwards is on disk all the same, where the next start looks for it.</summary>
public sealed class JournalMovedTests : IDisposable
{
    private readonly JournalBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("the file is deleted")]
    [InlineData("the folder is deleted")]
    [InlineData("the file is replaced by a copy")]
    [InlineData("the folder is replaced by a copy")]
    public async Task What_is_appended_after_the_file_was_moved_is_kept_in_a_new_one(string what)
    {
        await using (var journal = await _bench.OpenAsync())
        {
            await journal.AppendAllAsync("before");
            Move(what);
            await journal.AppendAllAsync("after", "and after that");
            journal.IsWritable.ShouldBeTrue();
        }

        await using var again = await _bench.OpenAsync();
        again.Bodies().Where(static body => body != "before").ShouldBe(["after", "and after that"]);
    }

    [Fact]
    public async Task A_file_that_goes_between_the_write_and_the_answer_costs_nobody_his_answer()
    {
        var files = new FaultyFiles();
        _bench.Files = files;
        await using (var journal = await _bench.OpenAsync())
        {
            await journal.AppendAllAsync("before");
            files.Before = (name, path) =>
            {
                if (name == "Sync")
                {
                    files.Before = static (_, _) => { };
                    files.Delete(path);
                }
            };
            await journal.AppendAllAsync("after");
        }

        _bench.Files = files.AfterKill();
        await using var again = await _bench.OpenAsync();
        again.Bodies().ShouldBe(["after"]);
    }

    private void Move(string what)
    {
        var file = _bench.SegmentPaths().Single();
        var aside = _bench.Folder + ".aside";
        switch (what)
        {
            case "the file is deleted":
                File.Delete(file);
                break;
            case "the folder is deleted":
                Directory.Delete(_bench.Folder, recursive: true);
                break;
            case "the file is replaced by a copy":
                File.Copy(file, file + ".copy");
                File.Move(file + ".copy", file, overwrite: true);
                break;
            default:
                Directory.Move(_bench.Folder, aside);
                Directory.CreateDirectory(_bench.Folder);
                foreach (var old in Directory.GetFiles(aside, "*.journal"))
                {
                    File.Copy(old, Path.Combine(_bench.Folder, Path.GetFileName(old)));
                }

                Directory.Delete(aside, recursive: true);
                break;
        }
    }
}
