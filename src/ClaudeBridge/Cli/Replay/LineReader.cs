namespace ClaudeBridge.Cli.Replay;

internal enum LineOutcome
{
    Line,
    TooLong,

    /// <summary>Reading failed in this line.</summary>
    BrokenOff,
    End,
}

/// <summary>Reads a stream line by line without holding more than one line; too long a line is skipped and said.</summary>
internal sealed class LineReader(Stream content, int maxBytes)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The line that was read last, without its end, or as much of it as there was when reading failed; the caller owns it.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Number { get; private set; }

    public LineOutcome Next()
    {
        Number++;
        using var line = new MemoryStream();
        var isTooLong = false;
        var hasAny = false;
        while (Fill(line))
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var newline = rest.IndexOf((byte)'\n');
            var part = newline < 0 ? rest : rest[..newline];
            hasAny = true;
            isTooLong |= line.Length + part.Length > maxBytes;
            if (!isTooLong)
            {
                line.Write(part);
            }

            _start += newline < 0 ? part.Length : newline + 1;
            if (newline >= 0)
            {
                break;
            }
        }

        if (!hasAny)
        {
            return LineOutcome.End;
        }

        Line = isTooLong ? default : WithoutMark(line.ToArray());
        return isTooLong ? LineOutcome.TooLong : LineOutcome.Line;
    }

    /// <summary>A byte order mark at the beginning of a file is no part of its JSON.</summary>
    private ReadOnlyMemory<byte> WithoutMark(byte[] line) => Number == 1 && line.AsSpan().StartsWith("\uFEFF"u8) ? line.AsMemory(3) : line;

    private bool Fill(MemoryStream line)
    {
        if (_start < _end)
        {
            return true;
        }

        (_start, _end) = (0, 0);
        Line = default;
        try
        {
            _end = content.Read(_buffer);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            Line = WithoutMark(line.ToArray());
            throw;
        }

        return _end > 0;
    }
}
