using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

/// <summary>A file system in memory that knows what would survive a power cut, and fails when a test says so.</summary>
/// <remarks>
/// Names and contents are apart, as on a disk. A name that was made, replaced or deleted is so for good once its folder was synced; before that each name
/// is, after a power cut, as it was or as it is, without regard to the order in which names changed. Content survives up to the last sync of its file;
/// of what was written since, any sectors survive, some of them torn.
/// </remarks>
internal sealed class FaultyFiles : IJournalFiles
{
    private readonly Lock _gate = new();
    private Dictionary<string, Content> _names = [];
    private Dictionary<string, Content> _safeNames = [];
    private readonly List<byte[]> _freed = [];
    private bool _isLocked;

    /// <summary>
    /// Asked before each operation, by the operation's name and the path; throws to make it fail. Replacing a file is four of them: <c>Replace</c>,
    /// <c>ReplaceSync</c>, <c>Rename</c>, <c>SyncFolder</c>.
    /// </summary>
    public Action<string, string> Before { get; set; } = static (_, _) => { };

    /// <summary>Bytes that fit on the disk; writing beyond writes what fits and fails.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    public int Syncs { get; private set; }

    public int Writes { get; private set; }

    /// <summary>Operations that were asked for, also those that failed.</summary>
    public int Tries { get; private set; }

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

    public void CreateFolder(string folder) => Ask("CreateFolder", folder);

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

    public bool Holds(string path, long length)
    {
        lock (_gate)
        {
            return _names.TryGetValue(path, out var content) && content.Now.Length == length;
        }
    }

    public IJournalFile OpenRead(string path) => Open("OpenRead", path);

    public IJournalFile OpenWrite(string path) => Open("OpenWrite", path);

    public IJournalFile CreateNew(string path)
    {
        Ask("CreateNew", path);
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
        var temporary = path + ".new";
        Ask("Replace", path);
        var file = new Content { Now = content.ToArray() };
        lock (_gate)
        {
            if (Used + content.Length > Capacity)
            {
                throw new IOException("No space left on device");
            }

            _names[temporary] = file;
        }

        Ask("ReplaceSync", path);
        lock (_gate)
        {
            file.Safe = [.. file.Now];
        }

        Ask("Rename", path);
        lock (_gate)
        {
            _names.Remove(temporary);
            _names[path] = file;
        }

        SyncFolder(Path.GetDirectoryName(path)!);
    }

    public void Delete(string path)
    {
        Ask("Delete", path);
        lock (_gate)
        {
            if (_names.Remove(path, out var content) && content.Now.Length > 0)
            {
                _freed.Add(content.Now);
            }
        }
    }

    public void SyncFolder(string folder)
    {
        Ask("SyncFolder", folder);
        lock (_gate)
        {
            _safeNames = _safeNames.Where(name => Path.GetDirectoryName(name.Key) != folder).ToDictionary();
            foreach (var (path, content) in _names.Where(name => Path.GetDirectoryName(name.Key) == folder))
            {
                _safeNames[path] = content;
            }
        }
    }

    /// <summary>The machine goes off: of what was not synced, any part survives, in no order.</summary>
    public FaultyFiles AfterPowerCut(Random random)
    {
        lock (_gate)
        {
            var after = new FaultyFiles();
            var sector = random.Next(2) == 0 ? 512 : 4096;
            foreach (var path in _names.Keys.Union(_safeNames.Keys))
            {
                var names = random.Next(2) == 0 ? _names : _safeNames;
                if (names.TryGetValue(path, out var content))
                {
                    after._names[path] = content.AfterPowerCut(random, sector, _freed);
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

    private void Ask(string operation, string path)
    {
        Tries++;
        Before(operation, path);
    }

    private OpenFile Open(string operation, string path)
    {
        Ask(operation, path);
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

        public Content AfterPowerCut(Random random, int sector, List<byte[]> freed)
        {
            var length = random.Next(3) switch
            {
                0 => Now.Length,
                1 => Safe.Length,
                _ => random.Next(Math.Min(Now.Length, Safe.Length), Math.Max(Now.Length, Safe.Length) + 1),
            };
            var bytes = new byte[length];
            for (var at = 0; at < length; at += sector)
            {
                var size = Math.Min(sector, length - at);
                Fill(bytes.AsSpan(at, size), random, sector, freed);
                switch (random.Next(3))
                {
                    case 0:
                        Copy(Safe, bytes, at, size);
                        break;
                    case 1:
                        Copy(Now, bytes, at, size);
                        break;
                    default:
                        // Torn: the power went while this one was written.
                        Copy(Safe, bytes, at, size);
                        Copy(Now, bytes, at, random.Next(size + 1));
                        break;
                }
            }

            // What was synced is there whatever happens, unless it was written over or cut off since.
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

        /// <summary>A sector that was given to a file and never written: zeros, anything, or what a deleted file had there.</summary>
        private static void Fill(Span<byte> target, Random random, int sector, List<byte[]> freed)
        {
            if (freed.Count > 0 && random.Next(3) == 0)
            {
                var old = freed[random.Next(freed.Count)];
                var from = random.Next(old.Length / sector + 1) * sector;
                old.AsSpan(Math.Min(from, old.Length), Math.Clamp(old.Length - from, 0, target.Length)).CopyTo(target);
            }
            else if (random.Next(2) == 0)
            {
                random.NextBytes(target);
            }
        }

        private static void Copy(byte[] source, byte[] target, int at, int size)
        {
            var available = Math.Clamp(source.Length - at, 0, size);
            source.AsSpan(Math.Min(at, source.Length), available).CopyTo(target.AsSpan(at));
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
            files.Ask("Read", path);
            lock (files._gate)
            {
                var length = (int)Math.Clamp(content.Now.Length - offset, 0, target.Length);
                content.Now.AsSpan((int)Math.Min(offset, content.Now.Length), length).CopyTo(target);
                return length;
            }
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
        {
            files.Ask("Write", path);
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
                files.Ask("Sync", path);
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
            files.Ask("SetLength", path);
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
