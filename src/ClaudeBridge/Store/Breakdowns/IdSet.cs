using System.Numerics;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>A set of row ids: a bit each where they lie dense, an entry each elsewhere. So one answer can tell millions of sessions apart.</summary>
internal sealed class IdSet
{
    private const int BitsPerWord = 64;

    /// <summary>An id may take so many bits before it is kept as an entry, which takes more.</summary>
    private const int MostBits = 128;

    /// <summary>Fewer are not worth an array.</summary>
    private const int LeastForBits = 16;

    private HashSet<long>? _entries;
    private ulong[]? _bits;
    private long _firstWord;
    private long _lowest = long.MaxValue;
    private long _highest = long.MinValue;
    private int _nextLook = LeastForBits;

    public int Count { get; private set; }

    public void Add(long id)
    {
        if (_entries is null && _bits is null && IsAlone(id))
        {
            return;
        }

        if (id < _lowest || id > _highest)
        {
            (_lowest, _highest) = (Math.Min(_lowest, id), Math.Max(_highest, id));
            CoverBounds();
        }

        if (_bits is not null)
        {
            ref var word = ref _bits[WordOf(id) - _firstWord];
            var bit = 1UL << (int)(id & (BitsPerWord - 1));
            Count += (word & bit) == 0 ? 1 : 0;
            word |= bit;
        }
        else if (_entries!.Add(id) && ++Count >= _nextLook)
        {
            // Rarely, so that ids which do not stay dense are not moved to and fro.
            _nextLook = Count * 2;
            UseBitsIfDense();
        }
    }

    public void UnionWith(IdSet other)
    {
        foreach (var id in other.All())
        {
            Add(id);
        }
    }

    /// <summary>Most sets of an answer have one id: that is all they need to hold.</summary>
    private bool IsAlone(long id)
    {
        if (Count == 0)
        {
            (_lowest, _highest, Count) = (id, id, 1);
        }
        else if (id != _lowest)
        {
            _entries = [_lowest];
        }

        return _entries is null;
    }

    /// <summary>In no order.</summary>
    private IEnumerable<long> All() =>
        _bits is not null ? Set(_bits, _firstWord)
        : _entries is not null ? _entries
        : Count == 0 ? []
        : [_lowest];

    private static IEnumerable<long> Set(ulong[] bits, long firstWord)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            for (var left = bits[i]; left != 0; left &= left - 1)
            {
                yield return ((firstWord + i) * BitsPerWord) + BitOperations.TrailingZeroCount(left);
            }
        }
    }

    /// <summary>The bits reach from the lowest to the highest, or are given up.</summary>
    private void CoverBounds()
    {
        if (_bits is null || (WordOf(_lowest) >= _firstWord && WordOf(_highest) - _firstWord < _bits.Length))
        {
            return;
        }

        if (!IsDense)
        {
            (_entries, _bits) = ([.. All()], null);
            return;
        }

        // With room for half as many again on the side to which they go.
        var (old, oldFirst) = (_bits, _firstWord);
        var words = WordOf(_highest) - WordOf(_lowest) + 1;
        var room = words / 2;
        _firstWord = WordOf(_lowest) < oldFirst ? WordOf(_lowest) - room : WordOf(_lowest);
        _bits = new ulong[words + room];
        var from = Math.Max(oldFirst, _firstWord);
        var to = Math.Min(oldFirst + old.Length, _firstWord + _bits.Length);
        Array.Copy(old, from - oldFirst, _bits, from - _firstWord, to - from);
    }

    private void UseBitsIfDense()
    {
        if (IsDense)
        {
            var entries = _entries!;
            (_entries, _firstWord) = (null, WordOf(_lowest));
            _bits = new ulong[WordOf(_highest) - _firstWord + 1];
            foreach (var id in entries)
            {
                _bits[WordOf(id) - _firstWord] |= 1UL << (int)(id & (BitsPerWord - 1));
            }
        }
    }

    private bool IsDense => WordOf(_highest) - WordOf(_lowest) < (long)Count * MostBits / BitsPerWord;

    private static long WordOf(long id) => id >> 6;
}
