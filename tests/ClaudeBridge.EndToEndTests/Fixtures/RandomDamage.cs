namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>One file of a data folder, damaged in one way; which and how follow from a seed.</summary>
/// <remarks>
/// SQLite's files have no checksums, so that a single bit in them may go unseen: they are damaged as disks and people do it, by whole pages and files.
/// What has checksums loses single bits too.
/// </remarks>
internal static class RandomDamage
{
    private const int PageBytes = 8192;

    /// <returns>What was done to which file, for the message.</returns>
    public static string Of(string folder, int seed)
    {
        var random = new Random(seed);
        var files = Directory
            .GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) is not "lock")
            .Order(StringComparer.Ordinal)
            .ToArray();
        var path = files[random.Next(files.Length)];
        var name = Path.GetFileName(path);
        Action<string, Random>[] ways =
        [
            Delete,
            Empty,
            Truncate,
            Garbage,
            ZeroTheBeginning,
            BecomeAFolder,
            (file, chance) => Swap(file, files, chance),
        ];
        if (!name.Contains(".db", StringComparison.Ordinal))
        {
            ways = [.. ways, FlipBits, FlipBits, ZeroPages];
        }

        var way = ways[random.Next(ways.Length)];
        way(path, random);
        return $"seed {seed}: {way.Method.Name} of {name}";
    }

    private static void Delete(string path, Random random) => File.Delete(path);

    private static void Empty(string path, Random random) => File.WriteAllBytes(path, []);

    private static void Truncate(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..random.Next(bytes.Length)]);
    }

    private static void Garbage(string path, Random random)
    {
        var bytes = new byte[random.Next(1, 100_000)];
        random.NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void ZeroTheBeginning(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(0, Math.Min(PageBytes, bytes.Length)).Clear();
        File.WriteAllBytes(path, bytes);
    }

    private static void BecomeAFolder(string path, Random random)
    {
        File.Delete(path);
        Directory.CreateDirectory(path);
    }

    private static void Swap(string path, string[] files, Random random)
    {
        var other = files[random.Next(files.Length)];
        var (mine, theirs) = (File.ReadAllBytes(path), File.ReadAllBytes(other));
        File.WriteAllBytes(path, theirs);
        File.WriteAllBytes(other, mine);
    }

    private static void FlipBits(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        for (var i = random.Next(1, 100); i > 0 && bytes.Length > 0; i--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        File.WriteAllBytes(path, bytes);
    }

    private static void ZeroPages(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        var from = random.Next(bytes.Length);
        bytes.AsSpan(from, Math.Min(PageBytes, bytes.Length - from)).Clear();
        File.WriteAllBytes(path, bytes);
    }
}
