using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

/// <summary>A file system in memory that knows what would survive a power cut, and fails when a test says so.</summary>
/// <remarks>A name survives once its folder was synced; content survives up to the last sync of its file.</remarks>
internal sealed class FaultyFiles : IJournalFiles
{
    private readonly Lock _gate = new();
    private Dictionary<string, Content> _names = [];
    private Dictionary<string, Content> _safeNames = [];
    private bool _isLocked;

    /// <summary>Asked before each operation, by the operation's name and the path; throws to make it fail.</summary>
    public Action<string, string> Before { get; set; } = static (_, _) => { };

    /// <summary>Bytes that fit on the disk; writing beyond writes what fits and fails.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    public int Syncs { get; private set; }

    public int Writes { get; private set; }

    public long Used
    {
        get
        {
            lock (_gate)
            {
                return _names.Values.Sum(content => (long)content.Now.Length);
            }
        }
    }

    public void CreateFolder(string folder) => Before("CreateFolder", folder);

    public IDisposable Lock(string path)
    {
        lock (_gate)
        {
            if (_isLocked)
            {
                throw new JournalLockedException("locked");
            }

            _isLocked = true;
            return new Unlock(this);
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_gate)
        {
            return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == folder)];
        }
    }

    public bool Exists(string path)
    {
        lock (_gate)
        {
            return _names.ContainsKey(path);
        }
    }

    public IJournalFile OpenRead(string path) => Open("OpenRead", path);

    public IJournalFile OpenWrite(string path) => Open("OpenWrite", path);

    public IJournalFile CreateNew(string path)
    {
        Before("CreateNew", path);
        lock (_gate)
        {
            var content = new Content();
            if (!_names.TryAdd(path, content))
            {
                throw new IOException("It is there already.");
            }

            return new OpenFile(this, path, content);
        }
    }

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        Before("Replace", path);
        lock (_gate)
        {
            _names[path] = new Content { Now = content.ToArray(), Safe = content.ToArray() };
            _safeNames[path] = _names[path];
        }
    }

    public void Delete(string path)
    {
        Before("Delete", path);
        lock (_gate)
        {
            _names.Remove(path);
        }
    }

    public void SyncFolder(string folder)
    {
        Before("SyncFolder", folder);
        lock (_gate)
        {
            _safeNames = new(_names);
        }
    }

    /// <summary>The machine goes off: of what was not synced, a random part of the 512-byte blocks survives.</summary>
    public FaultyFiles AfterPowerCut(Random random)
    {
        lock (_gate)
        {
            var after = new FaultyFiles();
            foreach (var (path, content) in _safeNames)
            {
                var survivor = content.AfterPowerCut(random);
                after._names[path] = survivor;
                after._safeNames[path] = survivor;
            }

            // A name that was never synced may be there all the same.
            foreach (var (path, content) in _names.Where(name => !_safeNames.ContainsKey(name.Key)))
            {
                if (random.Next(2) == 0)
                {
                    after._names[path] = content.AfterPowerCut(random);
                    after._safeNames[path] = after._names[path];
                }
            }

            return after;
        }
    }

    /// <summary>The process dies and the machine goes on: everything written is there.</summary>
    public FaultyFiles AfterKill()
    {
        lock (_gate)
        {
            var after = new FaultyFiles();
            foreach (var (path, content) in _names)
            {
                after._names[path] = new Content { Now = [.. content.Now], Safe = [.. content.Now] };
                after._safeNames[path] = after._names[path];
            }

            return after;
        }
    }

    public byte[] Bytes(string path)
    {
        lock (_gate)
        {
            return [.. _names[path].Now];
        }
    }

    public void SetBytes(string path, byte[] bytes)
    {
        lock (_gate)
        {
            _names[path] = new Content { Now = bytes, Safe = bytes };
            _safeNames[path] = _names[path];
        }
    }

    /// <summary>Whether these bytes stand in some file in a way that a power cut leaves them.</summary>
    public bool IsSafe(byte[] bytes)
    {
        lock (_gate)
        {
            return _safeNames.Values.Any(content => content.Safe.AsSpan().IndexOf(bytes) >= 0);
        }
    }

    private OpenFile Open(string operation, string path)
    {
        Before(operation, path);
        lock (_gate)
        {
            return _names.TryGetValue(path, out var content)
                ? new OpenFile(this, path, content)
                : throw new FileNotFoundException("It is not there.", path);
        }
    }

    private sealed class Unlock(FaultyFiles files) : IDisposable
    {
        public void Dispose() => files._isLocked = false;
    }

    private sealed class Content
    {
        private readonly List<(int From, int To)> _dirty = [];

        public byte[] Now { get; set; } = [];

        public byte[] Safe { get; set; } = [];

        public void Wrote(int from, int to) => _dirty.Add((from, to));

        public void Sync()
        {
            var safe = Safe;
            Array.Resize(ref safe, Now.Length);
            foreach (var (from, to) in _dirty)
            {
                var end = Math.Min(to, Now.Length);
                if (from < end)
                {
                    Now.AsSpan(from, end - from).CopyTo(safe.AsSpan(from));
                }
            }

            Safe = safe;
            _dirty.Clear();
        }

        /// <summary>As Linux does it: what could not be written back counts as clean, and the next sync succeeds without it.</summary>
        public void FailToSync() => _dirty.Clear();

        public Content AfterPowerCut(Random random)
        {
            const int Block = 512;
            var length = random.Next(2) == 0 ? Now.Length : Math.Min(Now.Length, Math.Max(Safe.Length, random.Next(Now.Length + 1)));
            var bytes = new byte[length];
            for (var at = 0; at < length; at += Block)
            {
                var size = Math.Min(Block, length - at);
                var source = random.Next(2) == 0 ? Now : Safe;
                var available = Math.Clamp(source.Length - at, 0, size);
                source.AsSpan(Math.Min(at, source.Length), available).CopyTo(bytes.AsSpan(at));
            }

            // What was synced is there whatever happens, unless it was written over since.
            var kept = Math.Min(length, Safe.Length);
            for (var i = 0; i < kept; i++)
            {
                if (i >= Now.Length || Now[i] == Safe[i])
                {
                    bytes[i] = Safe[i];
                }
            }

            return new Content { Now = bytes, Safe = [.. bytes] };
        }
    }

    private sealed class OpenFile(FaultyFiles files, string path, Content content) : IJournalFile
    {
        public long Length
        {
            get
            {
                lock (files._gate)
                {
                    return content.Now.Length;
                }
            }
        }

        public DateTimeOffset LastWritten { get; } = DateTimeOffset.MinValue;

        public int Read(Span<byte> target, long offset)
        {
            files.Before("Read", path);
            lock (files._gate)
            {
                var length = (int)Math.Clamp(content.Now.Length - offset, 0, target.Length);
                content.Now.AsSpan((int)Math.Min(offset, content.Now.Length), length).CopyTo(target);
                return length;
            }
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
        {
            files.Before("Write", path);
            lock (files._gate)
            {
                files.Writes++;
                var room = files.Capacity - (files.Used - content.Now.Length);
                foreach (var buffer in buffers)
                {
                    var fits = (int)Math.Clamp(room - offset, 0, buffer.Length);
                    var grown = new byte[Math.Max(content.Now.Length, offset + fits)];
                    content.Now.CopyTo(grown, 0);
                    buffer.Span[..fits].CopyTo(grown.AsSpan((int)offset));
                    content.Now = grown;
                    content.Wrote((int)offset, (int)offset + fits);
                    offset += fits;
                    if (fits < buffer.Length)
                    {
                        throw new IOException("No space left on device");
                    }
                }
            }
        }

        public void Sync()
        {
            try
            {
                files.Before("Sync", path);
            }
            catch
            {
                content.FailToSync();
                throw;
            }

            lock (files._gate)
            {
                files.Syncs++;
                content.Sync();
            }
        }

        public void SetLength(long length)
        {
            files.Before("SetLength", path);
            lock (files._gate)
            {
                var now = content.Now;
                Array.Resize(ref now, (int)length);
                content.Now = now;
            }
        }

        public void Dispose() { }
    }
}
