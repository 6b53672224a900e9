using System.Text.Json;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Reads recordings request by request; at most one body is in memory at a time.</summary>
/// <param name="report">Is told what could not be read; the rest goes on.</param>
/// <param name="progress">Is told how many bytes of the files on disk have been read, as the reading goes on; may be null.</param>
internal sealed class RecordingReader(Action<UnreadableInput> report, Action<long>? progress = null)
{
    /// <summary>The longest body or line that is taken, in bytes: the client itself sends at most a few megabytes at once.</summary>
    public const int MaxBodyBytes = 64 * 1024 * 1024;

    private const int BufferBytes = 64 * 1024;

    private long _done;

    public IEnumerable<RecordedRequest> Read(IEnumerable<RecordingFile> files)
    {
        foreach (var file in files)
        {
            if (file is { Bytes: 0, Kind: not RecordingFileKind.Protobuf } or { Bytes: 0, Signal: null })
            {
                // Only a protobuf body of no bytes means something: an export without records.
                report(new UnreadableInput(file.Path, "The file is empty."));
                continue;
            }

            foreach (var request in file.Kind == RecordingFileKind.Lines ? ReadLines(file) : ReadBody(file))
            {
                yield return request;
            }

            _done += file.Bytes;
            progress?.Invoke(_done);
        }
    }

    private IEnumerable<RecordedRequest> ReadLines(RecordingFile file)
    {
        using var disk = Open(file);
        if (disk is null)
        {
            yield break;
        }

        using var content = Decompress(file, disk);
        var lines = new LineReader(content, MaxBodyBytes);
        while (true)
        {
            LineOutcome outcome;
            try
            {
                outcome = lines.Next();
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException)
            {
                report(new UnreadableInput($"{file.Path}:{lines.Number}", exception.Message));
                outcome = LineOutcome.BrokenOff;
            }

            // A line that is whole but for its end is as good as any; of half a line, that the file breaks off is all there is to say.
            if (outcome == LineOutcome.End || (outcome == LineOutcome.BrokenOff && !IsJson(lines.Line)))
            {
                yield break;
            }

            progress?.Invoke(_done + disk.Position);
            var source = $"{file.Path}:{lines.Number}";
            if (outcome == LineOutcome.TooLong)
            {
                report(new UnreadableInput(source, $"The line is longer than {MaxBodyBytes} bytes."));
                continue;
            }

            foreach (var request in Split(lines.Line, source, file.Signal))
            {
                yield return request;
            }

            if (outcome == LineOutcome.BrokenOff)
            {
                yield break;
            }
        }
    }

    private List<RecordedRequest> ReadBody(RecordingFile file)
    {
        using var disk = Open(file);
        if (disk is null)
        {
            return [];
        }

        using var whole = new MemoryStream();
        try
        {
            using var content = Decompress(file, disk);
            ReadWhole(content, whole);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            report(new UnreadableInput(file.Path, exception.Message));
            if (file.Kind != RecordingFileKind.Json || !IsJson(whole.ToArray()))
            {
                return [];
            }
        }

        var body = whole.ToArray();

        if (file.Kind == RecordingFileKind.Json)
        {
            return Split(body, file.Path, file.Signal);
        }

        if ((file.Signal ?? Tell(body)) is { } signal)
        {
            return [new RecordedRequest(signal, OtlpEncoding.Protobuf, body, file.Path)];
        }

        report(
            new UnreadableInput(
                file.Path,
                "Neither name nor content tells whether it holds logs, metrics or traces; name it like 001-logs.pb."
            )
        );
        return [];
    }

    /// <summary>The requests in one JSON object: mostly one, but an object may hold several signals.</summary>
    private List<RecordedRequest> Split(ReadOnlyMemory<byte> json, string source, Signal? named)
    {
        if (IsBlank(json.Span))
        {
            return [];
        }

        List<(Signal Signal, int Start, int End)> parts;
        bool isAlone;
        try
        {
            (parts, isAlone) = FindSignals(json.Span);
        }
        catch (JsonException exception)
        {
            report(new UnreadableInput(source, $"It is not JSON{JsonPlace.Of(exception, json.Span)}."));
            return [];
        }

        if (parts.Count == 0 && named is { } signal)
        {
            // An empty export is a valid one.
            return [new RecordedRequest(signal, OtlpEncoding.Json, json, source)];
        }

        if (parts.Count == 0)
        {
            report(new UnreadableInput(source, "It holds no resourceLogs, resourceMetrics or resourceSpans."));
            return [];
        }

        return isAlone
            ? [new RecordedRequest(parts[0].Signal, OtlpEncoding.Json, json, source)]
            :
            [
                .. parts.Select(part => new RecordedRequest(
                    part.Signal,
                    OtlpEncoding.Json,
                    Wrap(part.Signal, json.Span[part.Start..part.End]),
                    source
                )),
            ];
    }

    /// <returns>Null when there is no record to tell by, or the body is no export request.</returns>
    private static Signal? Tell(byte[] body)
    {
        try
        {
            var told = SignalSniffer.Tell(OtlpEncoding.Protobuf, body);
            return told is Sniffed.Nothing or Sniffed.Unknown ? null : told.ToSignal();
        }
        catch (MalformedPayloadException)
        {
            return null;
        }
    }

    private static (List<(Signal Signal, int Start, int End)> Parts, bool IsAlone) FindSignals(ReadOnlySpan<byte> json)
    {
        var parts = new List<(Signal, int, int)>();
        var isAlone = true;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256, AllowTrailingCommas = true });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("an object is expected", null, 0, 0);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Signal? signal =
                reader.ValueTextEquals("resourceLogs"u8) ? Signal.Logs
                : reader.ValueTextEquals("resourceMetrics"u8) ? Signal.Metrics
                : reader.ValueTextEquals("resourceSpans"u8) ? Signal.Traces
                : null;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (signal is { } known)
            {
                isAlone &= parts.Count == 0;
                parts.Add((known, start, (int)reader.BytesConsumed));
            }
        }

        // Anything after the object makes the reader throw.
        reader.Read();
        return (parts, isAlone);
    }

    private static byte[] Wrap(Signal signal, ReadOnlySpan<byte> value)
    {
        var name = signal switch
        {
            Signal.Logs => "{\"resourceLogs\":"u8,
            Signal.Metrics => "{\"resourceMetrics\":"u8,
            _ => "{\"resourceSpans\":"u8,
        };
        return [.. name, .. value, (byte)'}'];
    }

    private FileStream? Open(RecordingFile file)
    {
        try
        {
            return new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BufferBytes, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            report(
                new UnreadableInput(
                    file.Path,
                    exception is UnauthorizedAccessException ? "This user may not read the file." : exception.Message
                )
            );
            return null;
        }
    }

    private static Stream Decompress(RecordingFile file, FileStream disk) => file.IsCompressed ? new WholeGzipStream(disk) : disk;

    private static void ReadWhole(Stream content, MemoryStream whole)
    {
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            if (whole.Length + read > MaxBodyBytes)
            {
                throw new InvalidDataException($"The body is longer than {MaxBodyBytes} bytes.");
            }

            whole.Write(buffer, 0, read);
        }
    }

    private static bool IsJson(ReadOnlyMemory<byte> text)
    {
        try
        {
            return !IsBlank(text.Span) && FindSignals(text.Span).Parts.Count > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
