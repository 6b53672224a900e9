using System.Buffers.Text;
using System.Text;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>Reads one HTTP/1.1 answer after another from a connection: status, length or chunks, and whether the connection may be used again.</summary>
internal sealed class HttpAnswerReader
{
    private const int MostHeadBytes = 16 * 1024;
    private const long MostBodyBytes = 1024 * 1024;

    private readonly byte[] _buffer = new byte[MostHeadBytes];
    private int _start;
    private int _end;

    public bool MayGoOn { get; private set; }

    /// <exception cref="InvalidDataException">This is no HTTP, or more than an OTLP answer ever is.</exception>
    /// <exception cref="IOException">The connection ended before the answer did.</exception>
    public async ValueTask<Answer> ReadAsync(Stream stream, CancellationToken cancel)
    {
        MayGoOn = false;
        _start = _end = 0;
        while (true)
        {
            int head;
            while ((head = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
            {
                await FillAsync(stream, cancel);
            }

            var (status, length, isChunked, closes) = Parse(_buffer.AsSpan(_start, head + 2));
            _start += head + 4;
            if (status is >= 100 and < 200)
            {
                continue;
            }

            var body = isChunked ? await SkipChunksAsync(stream, cancel) : await SkipAsync(stream, length ?? 0, cancel);
            MayGoOn = !closes && (isChunked || length is not null || status is 204 or 304);
            // An empty protobuf message has no bytes, an empty JSON object two, or a few more with blanks or an empty partialSuccess.
            return new Answer(AnswerKind.Http, status, body > "{\"partialSuccess\":{}}".Length);
        }
    }

    private static (int Status, long? Length, bool IsChunked, bool Closes) Parse(ReadOnlySpan<byte> head)
    {
        if (
            !head.StartsWith("HTTP/1."u8)
            || head.Length < 12
            || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var digits)
            || digits != 3
        )
        {
            throw new InvalidDataException("The answer does not begin like HTTP/1.1.");
        }

        long? length = null;
        var (isChunked, closes) = (false, head[7] == (byte)'0');
        var rest = head[(head.IndexOf("\r\n"u8) + 2)..];
        while (rest.IndexOf("\r\n"u8) is var end and > 0)
        {
            var line = rest[..end];
            rest = rest[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon < 0)
            {
                continue;
            }

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            {
                length = Utf8Parser.TryParse(value, out long number, out _) && number >= 0 ? number : null;
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                isChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
            {
                closes = Ascii.EqualsIgnoreCase(value, "close"u8);
            }
        }

        return (status, length, isChunked, closes);
    }

    private async ValueTask<long> SkipChunksAsync(Stream stream, CancellationToken cancel)
    {
        for (long total = 0; ; )
        {
            var size = Size(await LineAsync(stream, cancel));
            if (size == 0)
            {
                while ((await LineAsync(stream, cancel)).Length > 0)
                {
                    // A trailer says nothing here.
                }

                return total;
            }

            total += await SkipAsync(stream, size, cancel);
            _ = await LineAsync(stream, cancel);
        }

        static long Size(ReadOnlyMemory<byte> line) =>
            Utf8Parser.TryParse(line.Span, out int size, out var used, 'x') && used > 0 && size >= 0
                ? size
                : throw new InvalidDataException("A chunk does not say how long it is.");
    }

    private async ValueTask<ReadOnlyMemory<byte>> LineAsync(Stream stream, CancellationToken cancel)
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            await FillAsync(stream, cancel);
        }

        var line = _buffer.AsMemory(_start, end);
        _start += end + 2;
        return line;
    }

    private async ValueTask<long> SkipAsync(Stream stream, long count, CancellationToken cancel)
    {
        if (count > MostBodyBytes)
        {
            throw new InvalidDataException("The answer is larger than any answer to an export.");
        }

        for (var left = count; left > 0; )
        {
            if (_start == _end)
            {
                _start = _end = 0;
                await FillAsync(stream, cancel);
            }

            var taken = (int)Math.Min(left, _end - _start);
            _start += taken;
            left -= taken;
        }

        return count;
    }

    private async ValueTask FillAsync(Stream stream, CancellationToken cancel)
    {
        if (_end == _buffer.Length)
        {
            if (_start == 0)
            {
                throw new InvalidDataException("The head of the answer is larger than 16 KiB.");
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += read > 0 ? read : throw new EndOfStreamException("The connection ended in the middle of an answer.");
    }
}
