using System.Buffers;
using System.Text;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Json;

namespace ClaudeBridge.Cli.Record;

/// <summary>Stands where the journal stands and keeps each request as a file, for <c>replay</c>: the body as it came, or its scrubbed form, and never a header.</summary>
/// <remarks>
/// <c>NNN-signal.json</c> or <c>.pb</c> in order of arrival, <c>session.jsonl</c> with the same requests as OTLP/JSON lines, <c>manifest.json</c> with what is in it.
/// All three are complete after every request, so that a recording that is cut off is still one. Safe for many callers.
/// </remarks>
internal sealed class RecordingWriter : IJournalWriter, IDisposable
{
    private const string ManifestEnd = "\n ]\n}\n";

    /// <summary>Recordings hold prompts: their owner reads them, nobody else.</summary>
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder;
    private readonly Scrubber? _scrubber;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _begun;
    private readonly long _begunAt;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly FileStream _lines;
    private readonly FileStream _manifest;

    /// <param name="scrubber">Null keeps everything as it came.</param>
    /// <exception cref="CommandFailure">The folder holds a recording already, or cannot be written.</exception>
    public RecordingWriter(string folder, Scrubber? scrubber, TimeProvider clock)
    {
        _folder = folder;
        _scrubber = scrubber;
        _clock = clock;
        _begun = clock.GetUtcNow();
        _begunAt = clock.GetTimestamp();
        try
        {
            Directory.CreateDirectory(folder);
            _lines = Create("session.jsonl");
            _manifest = Create("manifest.json");
            WriteText(_manifest, $"{{\n \"writer\": \"claudebridge record\",\n \"begun\": \"{_begun:yyyy-MM-ddTHH:mm:ss.fffZ}\",\n");
            WriteText(_manifest, $" \"scrubbed\": {(scrubber is null ? "false" : "true")},\n \"requests\": [{ManifestEnd}");
            _manifest.Flush();
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, "session.jsonl")))
        {
            throw new CommandFailure($"{folder} holds a recording already; name an empty folder.", ExitCode.Usage);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{folder} cannot be written: {exception.Message}", inner: exception);
        }
    }

    /// <exception cref="CommandFailure">The folder holds a recording.</exception>
    public static void CheckUnused(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new CommandFailure($"{folder} is not empty; name a new or empty folder for the recording.", ExitCode.Usage);
        }
    }

    public int Requests { get; private set; }

    public long Records { get; private set; }

    /// <inheritdoc/>
    /// <remarks>Not known beforehand: each request tries.</remarks>
    public bool IsWritable => true;

    public async ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return Append(entry, decoded ?? OtlpDecoder.Decode(entry.Signal, entry.Encoding, entry.Body));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw new JournalUnavailableException($"The recording cannot be written: {exception.Message}", exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _manifest.Dispose();
        _turn.Dispose();
    }

    private JournalPosition Append(JournalEntry entry, DecodedExport decoded)
    {
        var kept = _scrubber?.Scrub(decoded) ?? decoded;
        var json = new ArrayBufferWriter<byte>();
        OtlpJsonWriter.Write(json, kept);
        ReadOnlyMemory<byte> body =
            _scrubber is null ? entry.Body
            : entry.Encoding == OtlpEncoding.Json ? json.WrittenMemory
            : kept.ToProtobuf();
        var number = Requests + 1;
        var extension = entry.Encoding == OtlpEncoding.Json ? "json" : "pb";
        var name = $"{number:000}-{entry.Signal.ToString().ToLowerInvariant()}.{extension}";
        using (var file = Create(name))
        {
            file.Write(body.Span);
            file.Flush(flushToDisk: true);
        }

        _lines.Write(json.WrittenSpan);
        _lines.WriteByte((byte)'\n');
        _lines.Flush();
        AppendToManifest(name, entry, body.Length);
        Requests = number;
        Records += decoded.Accepted;
        return new JournalPosition(number);
    }

    /// <summary>Writes over the closing brackets and closes again, so that the file is whole JSON all the time.</summary>
    private void AppendToManifest(string name, JournalEntry entry, int bytes)
    {
        var offset = (long)_clock.GetElapsedTime(_begunAt).TotalMilliseconds;
        var line =
            $"{{\"file\": \"{name}\", \"signal\": \"{entry.Signal.ToString().ToLowerInvariant()}\", "
            + $"\"encoding\": \"{entry.Encoding.ToString().ToLowerInvariant()}\", \"arrivalOffsetMs\": {offset}, \"bytes\": {bytes}}}";
        _manifest.Seek(-ManifestEnd.Length, SeekOrigin.End);
        WriteText(_manifest, $"{(Requests > 0 ? "," : "")}\n  {line}{ManifestEnd}");
        _manifest.Flush();
    }

    private FileStream Create(string name)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(Path.Combine(_folder, name), options);
    }

    private static void WriteText(FileStream file, string text) => file.Write(Encoding.UTF8.GetBytes(text));
}
