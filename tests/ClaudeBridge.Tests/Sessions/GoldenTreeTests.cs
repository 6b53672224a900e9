using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>
/// The tree of every recording, drawn as text and kept under Golden/. Each was read against its manifest.json before it was kept.
/// To draw them anew after a meant change: CLAUDEBRIDGE_UPDATE_GOLDEN=1, then read the difference.
/// </summary>
public sealed class GoldenTreeTests
{
    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_tree_of_a_recording_is_the_one_that_was_read(string recording)
    {
        var drawn = TreeText.Draw(Assembled.From(Recording.Open(recording).Requests.Select(static request => request.Decode())).All);
        var file = Path.Combine(Recording.RepositoryRoot, "tests", "ClaudeBridge.Tests", "Sessions", "Golden", recording + ".txt");
        if (Environment.GetEnvironmentVariable("CLAUDEBRIDGE_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, drawn);
        }

        drawn.ShouldBe(File.ReadAllText(file));
    }
}
