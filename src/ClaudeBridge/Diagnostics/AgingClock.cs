using System.Globalization;

namespace ClaudeBridge.Diagnostics;

/// <summary>The time by which what is kept grows old. A clock that was set wrong must not delete what a right one would keep.</summary>
/// <remarks>
/// It never goes ahead of wall time, and it follows it by at most a day for every hour that the program really runs: after a leap of ten years an hour of
/// deleting takes one day's worth, and nothing more once the clock is right again; after three months switched off it has caught up in four days. How
/// far it got is kept in a file, so that a restart is no short cut. Safe for many threads.
/// </remarks>
internal sealed class AgingClock
{
    public const string FileName = "aged-to";

    private const double FastestOverReal = 24;

    private static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock;
    private readonly string? _file;
    private readonly Lock _gate = new();
    private DateTimeOffset _reached;
    private long _at;
    private long? _kept;

    /// <param name="folder">Where it keeps how far it got; null for nowhere.</param>
    public AgingClock(TimeProvider clock, string? folder)
    {
        _clock = clock;
        _file = folder is null ? null : Path.Combine(folder, FileName);
        _at = clock.GetTimestamp();
        _reached = Kept() ?? clock.GetUtcNow();
        Keep();
    }

    /// <summary>The time to compare with when something is judged too old to be kept.</summary>
    public DateTimeOffset Read()
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            var passed = _clock.GetElapsedTime(_at);
            _at = _clock.GetTimestamp();
            if (now > _reached)
            {
                var furthest = passed * FastestOverReal;
                _reached = now - _reached < furthest ? now : _reached + furthest;
                Keep();
            }

            return _reached < now ? _reached : now;
        }
    }

    private void Keep()
    {
        if (_file is null || _kept is { } last && _clock.GetElapsedTime(last) < KeepEvery)
        {
            return;
        }

        try
        {
            var temporary = _file + ".new";
            using (var file = new StreamWriter(temporary, PlainFile.ForOwner(FileMode.Create)))
            {
                file.Write(_reached.ToString("O", CultureInfo.InvariantCulture));
            }

            File.Move(temporary, _file, overwrite: true);
            _kept = _clock.GetTimestamp();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is tried again; the next start goes on from an earlier time, which deletes less.
        }
    }

    /// <summary>Null when there is none, or nothing that can be read: then wall time is believed.</summary>
    private DateTimeOffset? Kept()
    {
        try
        {
            return
                _file is not null
                && File.Exists(_file)
                && PlainFile.IsOrMissing(_file)
                && DateTimeOffset.TryParse(
                    File.ReadAllText(_file),
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                    out var time
                )
                ? time
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
