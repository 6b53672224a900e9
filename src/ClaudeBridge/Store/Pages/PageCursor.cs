using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ClaudeBridge.Store.Pages;

/// <summary>Which list a cursor is of; part of it, so that no list takes another's.</summary>
internal enum PageList : byte
{
    Sessions = 1,
    Turns = 2,
    Members = 3,
    Events = 4,
}

/// <summary>Where a page ended: the value that the list is ordered by, and what tells entries of the same value apart.</summary>
/// <remarks>As text it holds for the list and the filter that it was made with.</remarks>
internal sealed record PageCursor(PageList List, PageOrder Order, long Value, IReadOnlyList<string> Keys)
{
    /// <summary>Raised with every change of what a cursor means.</summary>
    private const byte Version = 1;

    private const int CheckLength = 6;
    private const int MostLength = 8192;

    /// <param name="scope">What the list was narrowed by: <see cref="ViewFilter.Scope"/>.</param>
    public string ToString(string scope)
    {
        var body = new ByteWriter();
        body.Byte(Version);
        body.Byte((byte)List);
        body.Byte((byte)Order);
        BinaryPrimitives.WriteInt64BigEndian(body.Reserve(8), Value);
        body.Number((ulong)Keys.Count);
        foreach (var key in Keys)
        {
            body.Text(key);
        }

        return Base64Url.EncodeToString([.. Check(body.Written, scope), .. body.Written]);
    }

    /// <returns>Null for the first page.</returns>
    /// <param name="keys">How many keys the list has.</param>
    /// <param name="scope">What the list is narrowed by.</param>
    /// <exception cref="BadCursorException">It is none of this list.</exception>
    public static PageCursor? Read(string? text, PageList list, PageOrder order, int keys, string scope)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            if (text.Length > MostLength)
            {
                throw new BadCursorException();
            }

            var bytes = Base64Url.DecodeFromChars(text);
            var from = new ByteReader(bytes);
            var check = from.Bytes(CheckLength);
            if (!check.SequenceEqual(Check(bytes.AsSpan(CheckLength), scope)) || from.Byte() != Version)
            {
                throw new BadCursorException();
            }

            var (ofList, ofOrder) = ((PageList)from.Byte(), (PageOrder)from.Byte());
            var value = BinaryPrimitives.ReadInt64BigEndian(from.Bytes(8));
            var read = new string[from.Number() == (ulong)keys ? keys : throw new BadCursorException()];
            for (var i = 0; i < keys; i++)
            {
                read[i] = from.Text();
            }

            return ofList == list && ofOrder == order && from.IsAtEnd
                ? new PageCursor(list, order, value, read)
                : throw new BadCursorException();
        }
        catch (Exception failure) when (failure is FormatException or StoreDamagedException or DecoderFallbackException)
        {
            throw new BadCursorException();
        }
    }

    /// <summary>Against mistakes, not against enemies: whoever makes one up sees no more than with another filter.</summary>
    private static byte[] Check(ReadOnlySpan<byte> body, string scope) =>
        SHA256.HashData([.. body, .. Encoding.UTF8.GetBytes(scope)])[..CheckLength];
}
