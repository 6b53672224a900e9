using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Cli.Record;

/// <summary>Replaces text by text of the same form: letters by letters of the same case (of hex numbers by such up to f), digits by digits; punctuation and white space stay.</summary>
/// <remarks>
/// Equal words become equal words wherever they stand, and different words stay different, so that every join holds, also an id that is quoted in a text.
/// Each character is permuted by a key and by what stands before it in its word; the key is made for one recording and never kept.
/// </remarks>
internal sealed partial class Pseudonyms
{
    private const string HexLetters = "abcdef";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    private const int MatchTimeoutMilliseconds = 1000;

    private readonly ulong _key;
    private readonly ulong _step;

    /// <param name="key">At least 16 bytes; equal keys give equal stand-ins.</param>
    public Pseudonyms(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        _key = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        _step = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]) | 1;
    }

    /// <summary>Stand-ins that nobody can compute again once the recording has ended.</summary>
    public static Pseudonyms ForOneRecording() => new(RandomNumberGenerator.GetBytes(32));

    public string Text(string text)
    {
        var result = new StringBuilder(text.Length);
        var position = 0;
        foreach (Match word in Words().Matches(text))
        {
            result.Append(text, position, word.Index - position);
            if (word.Groups["keep"].Success)
            {
                result.Append(word.ValueSpan);
            }
            else
            {
                Append(result, word.ValueSpan, isHex: word.Groups["hex"].Success || word.Groups["uuid"].Success);
            }

            position = word.Index + word.Length;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>Digits for digits; the sign and the number of digits stay.</summary>
    public long Number(long number)
    {
        var digits = number.ToString();
        var replaced = Text(digits);
        // A leading zero would shorten it, and a longer leading digit could overflow: both keep the first digit.
        return long.TryParse(replaced, out var other) && other.ToString().Length == digits.Length
            ? other
            : number / PowerOfTen(number) * PowerOfTen(number);
    }

    /// <summary>A binary id, such as a trace id; its hex form is replaced alike wherever it stands in a text.</summary>
    public byte[] Bytes(ReadOnlySpan<byte> id) => Convert.FromHexString(Text(Convert.ToHexStringLower(id)));

    private void Append(StringBuilder result, ReadOnlySpan<char> word, bool isHex)
    {
        var state = _key;
        for (var i = 0; i < word.Length; i++)
        {
            var character = word[i];
            var lower = char.ToLowerInvariant(character);
            // The version and the variant of a UUID are form, not content.
            var isForm = isHex && word.Length == 36 && i is 14 or 19 && word[8] == '-';
            var alphabet =
                isForm ? ""
                : char.IsAsciiDigit(character) ? Digits
                : isHex && HexLetters.Contains(lower, StringComparison.Ordinal) ? HexLetters
                : char.IsAsciiLetterLower(lower) ? Letters
                : "";
            if (alphabet.Length > 0)
            {
                var replaced = Permute(alphabet, alphabet.IndexOf(lower, StringComparison.Ordinal), state);
                result.Append(char.IsAsciiLetterUpper(character) ? char.ToUpperInvariant(replaced) : replaced);
            }
            else if (character > '\u007F')
            {
                // Other scripts, and halves of characters beyond the first plane: a letter for each keeps the length.
                result.Append(Letters[(int)(Mix(state ^ character) % (ulong)Letters.Length)]);
            }
            else
            {
                result.Append(character);
            }

            state = Mix(state ^ lower);
        }
    }

    /// <summary>A permutation of the alphabet that depends on the state: drawn by Fisher and Yates from a keyed sequence.</summary>
    private char Permute(string alphabet, int index, ulong state)
    {
        Span<byte> order = stackalloc byte[alphabet.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (byte)i;
        }

        for (var i = order.Length - 1; i > 0; i--)
        {
            state = Mix(state);
            var other = (int)(state % (ulong)(i + 1));
            (order[i], order[other]) = (order[other], order[i]);
        }

        return alphabet[order[index]];
    }

    private ulong Mix(ulong value)
    {
        value += _step;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static long PowerOfTen(long number)
    {
        var power = 1L;
        while (number / power is > 9 or < -9)
        {
            power *= 10;
        }

        return power;
    }

    /// <summary>What is replaced as one: a UUID, a long hex number, or a run of letters and digits. The prefixes of the API's ids stay, and the <c>a</c> of an agent's.</summary>
    [GeneratedRegex(
        """
            (?<uuid>(?<![0-9A-Za-z])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![0-9A-Za-z]))
            |(?<keep>(?<![0-9A-Za-z])(?:(?:req|toolu|srvtoolu|msg|sp)_(?=[0-9A-Za-z])|a(?=(?=[a-f]*[0-9])[0-9a-f]{16}(?![0-9A-Za-z]))))
            |(?<hex>(?<=(?<![0-9A-Za-z])a)(?=[a-f]*[0-9])[0-9a-f]{16}(?![0-9A-Za-z]))
            |(?<hex>(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![0-9A-Za-z]))
            |(?<word>[\p{L}\p{M}\p{N}\p{Cs}]+)
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        MatchTimeoutMilliseconds
    )]
    private static partial Regex Words();
}
