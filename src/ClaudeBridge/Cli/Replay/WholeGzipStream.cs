using System.IO.Compression;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Undoes gzip while reading, gives only what stands in the file, and knows whether all of the file was there.</summary>
/// <remarks>
/// <see cref="Gzip"/> says why a mark goes behind the file. It is asked for once everything before it has come out, so what comes after that is
/// the mark and nothing else, or the file is cut.
/// </remarks>
internal sealed class WholeGzipStream : Stream
{
    private readonly MarkedStream _marked;
    private readonly GZipStream _gzip;
    private bool _isWhole;

    /// <param name="compressed">Is disposed of with this one.</param>
    public WholeGzipStream(Stream compressed)
    {
        _marked = new MarkedStream(compressed);
        _gzip = new GZipStream(_marked, CompressionMode.Decompress);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">The file is cut or damaged, in a sentence. What was read before is good.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_isWhole)
        {
            return 0;
        }

        try
        {
            var read = _gzip.Read(buffer, offset, count);
            if (!_marked.IsAtMark)
            {
                return read;
            }

            _isWhole = IsMark(buffer.AsSpan(offset, read));
            return _isWhole ? 0 : throw new InvalidDataException("The mark behind the file is expected.");
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException(_marked.IsAtMark ? "The gzip file is cut." : "The gzip file is damaged.", damage);
        }
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool IsMark(ReadOnlySpan<byte> first)
    {
        Span<byte> end = stackalloc byte[Gzip.Mark.Length + 1];
        if (first.Length >= end.Length)
        {
            return false;
        }

        first.CopyTo(end);
        var length = first.Length + _gzip.ReadAtLeast(end[first.Length..], end.Length - first.Length, throwOnEndOfStream: false);
        return end[..length].SequenceEqual(Gzip.Mark);
    }

    /// <summary>The file and then the mark.</summary>
    private sealed class MarkedStream(Stream file) : Stream
    {
        private readonly MemoryStream _mark = new(Gzip.MarkMember, writable: false);

        /// <summary>The file has come to its end and more was wanted.</summary>
        public bool IsAtMark { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (!IsAtMark)
            {
                var read = file.Read(buffer, offset, count);
                if (read > 0)
                {
                    return read;
                }

                IsAtMark = true;
            }

            return _mark.Read(buffer, offset, count);
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
                _mark.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
