using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Changes tokens of a JSON text: values become strange ones, fields are doubled, renamed, moved or nested.</summary>
internal static partial class JsonMutation
{
    private static readonly string[] s_values =
    [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.0",
        "1e3",
        "1E-3",
        "100e-2",
        "0.5",
        "1e400",
        "-1e-400",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775808",
        "-9223372036854775809",
        "4294967296",
        "1e99999999999",
        "0e99999999999",
        "00",
        "+1",
        "1.",
        ".5",
        "\"007\"",
        "\"+1\"",
        "\" 1\"",
        "\"1 \"",
        "\"1\\u0000\"",
        "\"\\u0031\"",
        "\"1e2\"",
        "\"-5\"",
        "\"0x10\"",
        "\"NaN\"",
        "\"nan\"",
        "\"Infinity\"",
        "\"-Infinity\"",
        "\"+Infinity\"",
        "NaN",
        "\"1,000\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\u0000\"",
        "\"\\/\"",
        "\"AA==\"",
        "\"A\"",
        "\"AB\"",
        "\"_-8\"",
        "\"+/8=\"",
        "\"AA A=\"",
        "\"AAA=A\"",
        "\"=\"",
        "\"5b8efff798038103d269b633813fc60c\"",
        "\"5B8EFFF798038103D269B633813FC60C\"",
        "\"eee19b7ec3c1b174\"",
        "\"00000000000000000000000000000000\"",
        "\"0000000000000000\"",
        "\"zz\"",
        "{}",
        "[]",
        "[null]",
        "[{}]",
        "{\"a\":1}",
        "[1,\"2\",null]",
        "\"\"",
    ]; // csharpier-ignore

    public static byte[] Apply(Random random, byte[] body)
    {
        // Latin-1 keeps every byte as it is, sound UTF-8 or not.
        var tokens = Token().Matches(Encoding.Latin1.GetString(body)).Select(static match => match.Value).ToList();
        if (tokens.Count == 0)
        {
            return body;
        }

        var at = random.Next(tokens.Count);
        switch (random.Next(9))
        {
            case 0 or 1 or 2:
                tokens[ScalarAfter(tokens, at)] = s_values[random.Next(s_values.Length)];
                break;
            case 3:
                tokens.RemoveAt(at);
                break;
            case 4:
                tokens.Insert(random.Next(tokens.Count), tokens[at]);
                break;
            case 5:
                Double(random, tokens, at);
                break;
            case 6:
                Rename(random, tokens, at);
                break;
            case 7:
                var deep = random.Next(1, 120);
                var (open, close) = random.Next(2) == 0 ? ("{\"arrayValue\":{\"values\":[", "]}}") : ("[", "]");
                tokens[ScalarAfter(tokens, at)] =
                    string.Concat(Enumerable.Repeat(open, deep)) + "{}" + string.Concat(Enumerable.Repeat(close, deep));
                break;
            default:
                tokens[ScalarAfter(tokens, at)] = $"\"{(char)random.Next(0x80, 0x100)}{(char)random.Next(0x20, 0x100)}\"";
                break;
        }

        return Encoding.Latin1.GetBytes(string.Concat(tokens));
    }

    private static int ScalarAfter(List<string> tokens, int at)
    {
        for (var i = at; i < tokens.Count; i++)
        {
            if (tokens[i] is not ("{" or "}" or "[" or "]" or "," or ":") && (i + 1 == tokens.Count || tokens[i + 1] != ":"))
            {
                return i;
            }
        }

        return at;
    }

    // "name":value becomes "name":value,"name":other.
    private static void Double(Random random, List<string> tokens, int at)
    {
        var colon = tokens.IndexOf(":", at);
        if (colon > 0)
        {
            tokens.InsertRange(colon - 1, [tokens[colon - 1], ":", s_values[random.Next(s_values.Length)], ","]);
        }
    }

    private static void Rename(Random random, List<string> tokens, int at)
    {
        var colon = tokens.IndexOf(":", at);
        var other = tokens.IndexOf(":", random.Next(tokens.Count));
        if (colon > 0 && tokens[colon - 1].Length > 2)
        {
            // The name of another field, or the same one with its first letter escaped.
            tokens[colon - 1] =
                other > 0 && random.Next(3) > 0 ? tokens[other - 1] : $"\"\\u{(int)tokens[colon - 1][1]:x4}{tokens[colon - 1][2..]}";
        }
    }

    [GeneratedRegex(
        """\s+|"(\\.|[^"\\])*"|[-+.\w]+|.""",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 30_000
    )]
    private static partial Regex Token();
}
