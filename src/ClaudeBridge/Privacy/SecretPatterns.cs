using System.Buffers;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Privacy;

/// <summary>One kind of secret.</summary>
/// <param name="Kind">Stands in the marker, as in <c>[masked:github]</c>.</param>
/// <param name="Hints">One of these is in every text that has such a secret.</param>
/// <param name="Expression">What <see cref="Pattern"/> is made of.</param>
/// <param name="IgnoresCase">Whether its letters may be of either case.</param>
/// <param name="Accepts">A further look at a match; null takes every match.</param>
internal sealed record SecretPattern(
    string Kind,
    SearchValues<string> Hints,
    string Expression,
    bool IgnoresCase,
    Func<Match, string, bool>? Accepts
)
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    // An expression that runs in linear time takes 0.1 to 5 MB, all together 26 MB, and most are never needed: each is made for the first text with one of its
    // hints. Whoever has no memory for it fails, and the next one tries again.
    private readonly Lazy<Regex> _pattern = new(
        () => IgnoresCase ? new Regex(Expression, Linear | RegexOptions.IgnoreCase) : new Regex(Expression, Linear),
        LazyThreadSafetyMode.PublicationOnly
    );

    /// <summary>Masks its group <c>s</c>, or the whole match where it has none.</summary>
    public Regex Pattern => _pattern.Value;
}

/// <summary>What the secrets of the known providers look like.</summary>
/// <remarks>
/// All expressions run in time linear in the text (<see cref="RegexOptions.NonBacktracking"/>): no input makes them hang. A secret may stand
/// inside JSON inside JSON, so quotes can be escaped any number of times, and an escaped line break can stand before it.
/// </remarks>
internal static class SecretPatterns
{
    public const string CustomKind = "custom";

    /// <summary>A quote, or an escaped one, or none; also as an address has it.</summary>
    private const string Quote = @"(?:\\*[""']|%22)?";

    /// <summary>Blanks, also as an address has them.</summary>
    private const string Blanks = @"(?:\s|%20|\+)+";

    /// <summary>What may stand before a key that begins with common letters.</summary>
    private const string Left = @"(?:^|[^A-Za-z0-9_-]|\\[nrtbf])";

    /// <summary>Names that have one of these are names of secrets.</summary>
    public static readonly string[] Keywords =
    [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "accesskey",
        "access_key",
        "access-key",
        "accountkey",
        "account_key",
        "sharedkey",
        "storage_key",
        "privatekey",
        "private_key",
        "private-key",
        "signingkey",
        "signing_key",
        "encryptionkey",
        "encryption_key",
        "subscription-key",
        "credential",
    ];

    /// <summary>How keys of further providers begin.</summary>
    private static readonly string[] OtherKeys = ["gsk_", "xai-", "lin_api_", "dckr_pat_", "shpat_", "ATATT3", "figd_", "hvs."];

    private static readonly string[] OrdinalHints =
    [
        "sk-",
        "k-lf-",
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "glptt-",
        "gldt-",
        "glrt-",
        "glcbt-",
        "glsoat-",
        "xox",
        "xapp-",
        "hooks.slack.com",
        "AIza",
        "GOCSPX-",
        "ya29.",
        "sig=",
        "k_live_",
        "k_test_",
        "whsec_",
        "npm_",
        "pypi-",
        "hf_",
        "SG.",
        "_v1_",
        "eyJ",
        "PRIVATE KEY",
        "://",
    ];

    /// <summary>Flags of commands that take a password, and the rest that needs a blank or a colon about it.</summary>
    private static readonly string[] LooseHints = [" -u", " -p", " -a", " --user", "%2F%2F", "%2f%2f", "/api/webhooks/"];

    private static readonly string[] WordHints = ["bearer", "basic", "authorization", "cookie", "_pass", .. Keywords];

    public const string Twilio = "SK";

    /// <summary>Of the shortest keys.</summary>
    public static readonly SearchValues<string> Short = SearchValues.Create(
        ["sk-ant-", "k-lf-", "xox", "xapp-", "k_live_", "k_test_"],
        StringComparison.Ordinal
    );

    public static readonly SearchValues<string> Others = SearchValues.Create(OtherKeys, StringComparison.Ordinal);

    public static readonly SearchValues<string> Loose = SearchValues.Create(LooseHints, StringComparison.Ordinal);

    public static readonly SearchValues<string> Ordinal = SearchValues.Create(OrdinalHints, StringComparison.Ordinal);

    public static readonly SearchValues<string> Words = SearchValues.Create(WordHints, StringComparison.OrdinalIgnoreCase);

    /// <summary>In the order in which they are tried: the more telling kinds first.</summary>
    public static readonly IReadOnlyList<SecretPattern> BuiltIn =
    [
        New(
            "private-key",
            // Two dashes end what can be a key, so that a text full of beginnings is not read to its end for each.
            @"-----BEGIN[A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:(?:[^-]|-[^-])*-----+END[A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|(?:(?:\\+[nrt]|[\s>|-]|[0-9]{1,6}[:|→]|[A-Z][A-Za-z-]{2,20}: [A-Z0-9,.-]+)*[A-Za-z0-9+/=]{16,})*)",
            null,
            "PRIVATE KEY"
        ),
        New("anthropic", @"sk-ant-[A-Za-z0-9_-]{8,}", null, "sk-"),
        New("langfuse", @"[ps]k-lf-[A-Za-z0-9-]{8,}", null, "k-lf-"),
        New("openai", Left + @"(?<s>sk-[A-Za-z0-9_-]{20,})", LooksRandom, "sk-"),
        New("aws", @"A[KS]IA[A-Z0-9]{16}", null, "AKIA", "ASIA"),
        New(
            "github",
            @"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
            null,
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_"
        ),
        New("gitlab", @"gl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_.-]{16,}", null, "glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-"),
        New(
            "slack",
            @"xox[a-z]-[A-Za-z0-9-]{10,}|xoxe\.[A-Za-z0-9.-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{10,}",
            LooksRandom,
            "xox",
            "xapp-",
            "hooks.slack.com"
        ),
        New("google", @"AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_.-]{20,}", null, "AIza", "GOCSPX-", "ya29."),
        New("azure", @"(?:[?&]|&amp;|\\u0026)sig=(?<s>[A-Za-z0-9%+/=_-]{20,})", null, "sig="),
        New("stripe", @"[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}", null, "k_live_", "k_test_", "whsec_"),
        New("npm", @"npm_[A-Za-z0-9]{30,}", null, "npm_"),
        New("pypi", @"pypi-[A-Za-z0-9_-]{32,}", LooksRandom, "pypi-"),
        New("huggingface", Left + @"(?<s>hf_[A-Za-z0-9]{24,})", null, "hf_"),
        New("sendgrid", @"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", null, "SG."),
        New("twilio", Left + @"(?<s>SK[0-9a-f]{32})", null, Twilio),
        New("digitalocean", @"do[opr]_v1_[0-9a-f]{32,}", null, "_v1_"),
        New("key", $@"{Left}(?<s>(?:{string.Join('|', OtherKeys.Select(Regex.Escape))})[A-Za-z0-9_-]{{20,}})", LooksRandom, OtherKeys),
        New("web-hook", @"/api/webhooks/[0-9]+/(?<s>[A-Za-z0-9_-]{20,})", null, "/api/webhooks/"),
        New("jwt", @"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*", null, "eyJ"),
        New("password-in-url", @"://[^\s/:@""'<>\\]*:(?<s>[^\s/@""'<>\\]+)@", IsLiteral, "://"),
        New("password-in-url", @"://(?<s>[^\s/:@""'<>\\]{20,})@", LooksRandom, "://"),
        New(
            "password-in-url",
            @"(?:%3A|%3a)(?:%2F%2F|%2f%2f)[^\s%""'<>\\]*(?:%3A|%3a)(?<s>[^\s""'<>\\&]+?)(?:%40|@)",
            IsLiteral,
            "%2F%2F",
            "%2f%2f"
        ),
        New(
            "password",
            @"curl(?:\s[^\r\n|;&]*?)?\s(?:-u|--user)[\s=]*(?:\\*[""'])?[^\s:""'\\]+:(?<s>[^\s""'\\]+)",
            IsLiteral,
            " -u",
            " --user"
        ),
        New(
            "password",
            @"(?:(?:sshpass|login\s[^\r\n|;&]*?)\s-p\s*|redis-cli\s(?:[^\r\n|;&]*?\s)?-a\s*|mysql[a-z]*\s(?:[^\r\n|;&]*?\s)?-p)(?:\\*[""'])?(?<s>[^\s""'\\]{4,})",
            IsLiteral,
            " -p",
            " -a"
        ),
        NewIgnoringCase("password", @"login\s+[^\s]+\s+password\s+(?<s>[^\s""'\\]{4,})", IsLiteral, "password"),
        NewIgnoringCase(
            "secret",
            $@"[a-z0-9]_pass{Quote}\s*[:=]\s*{Quote}(?<s>[^\s""'`,;&|<>(){{}}\[\]\\]{{4,}})",
            IsLiteralAndRandom,
            "_pass"
        ),
        NewIgnoringCase("cookie", $@"cookie{Quote}\s*[:=]\s*{Quote}(?<s>[A-Za-z0-9_.-]+=[^\r\n""'\\]{{8,}})", IsLiteralAndRandom, "cookie"),
        NewIgnoringCase(
            "authorization",
            $@"authorization{Quote}\s*(?:[:=]|,|%3[ad])(?:\s|%20|\+)*{Quote}(?:basic|bearer|token|digest|apikey|negotiate){Blanks}(?<s>[^\s""',;\\]{{4,}})",
            IsLiteral,
            "authorization"
        ),
        NewIgnoringCase("bearer", $@"bearer{Blanks}(?<s>[A-Za-z0-9._~+/=-]{{8,}})", LooksRandom, "bearer"),
        NewIgnoringCase("authorization", $@"basic{Blanks}(?<s>[A-Za-z0-9+/]{{8,}}={{0,2}})", IsUserAndPassword, "basic"),
        NewIgnoringCase(
            "authorization",
            $@"authorization{Quote}\s*[:=]\s*{Quote}(?<s>[^\s""',;\\]{{8,}})",
            IsLiteralAndRandom,
            "authorization"
        ),
        NewIgnoringCase(
            "secret",
            $@"(?<k>{string.Join('|', Keywords.Select(Regex.Escape))})(?<r>[A-Za-z0-9_.-]*){Quote}(?<e>\s*(?:=>|:=|[:=]|%3[ad])\s*|>)(?:%22)?(?:\\+""(?<s>[^""]{{4,}}?)\\+""|""(?<s>(?:[^""\\\r\n]|\\.){{4,}})|\\*'(?<s>[^'\r\n]{{4,}})|(?<u>(?<s>[^\s""'`,;&|<>(){{}}\[\]\\]{{4,}})))",
            Assignments.IsSecret,
            Keywords
        ),
        NewIgnoringCase(
            "secret",
            $@"--?(?<k>{string.Join('|', Keywords.Select(Regex.Escape))})(?<r>)(?<e>\s+){Quote}(?<u>(?<s>[^\s""'`,;&|<>(){{}}\[\]\\]{{4,}}))",
            static (match, text) => !match.Groups["s"].Value.StartsWith('-') && Assignments.IsSecret(match, text),
            Keywords
        ),
    ];

    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public static Regex Custom(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>The group that is masked, else the whole.</summary>
    public static Group SecretOf(Match match) => match.Groups["s"] is { Success: true } group ? group : match;

    /// <summary>A place-holder, a reference to a variable, or what is masked already is no secret.</summary>
    public static bool IsLiteral(Match match, string text) => IsLiteral(SecretOf(match).ValueSpan);

    public static bool IsLiteral(ReadOnlySpan<char> value) => value is [not ('$' or '<' or '{' or '%' or '*' or '['), ..];

    /// <summary>Digits among letters: words with hyphens are no keys.</summary>
    private static bool LooksRandom(Match match, string text)
    {
        var secret = SecretOf(match).ValueSpan;
        return secret.ContainsAnyInRange('0', '9') && secret.ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsLiteralAndRandom(Match match, string text) => IsLiteral(match, text) && LooksRandom(match, text);

    /// <summary>What stands in the header of basic authentication: base64 of a name, a colon and a password.</summary>
    private static bool IsUserAndPassword(Match match, string text)
    {
        var encoded = SecretOf(match).ValueSpan;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64Chars(encoded, bytes, out var length)
            && bytes.AsSpan(0, length) is var plain
            && plain.Contains((byte)':')
            && !plain.ContainsAnyExceptInRange((byte)' ', (byte)'~');
    }

    private static SecretPattern New(string kind, string pattern, Func<Match, string, bool>? accepts, params string[] hints) =>
        new(kind, SearchValues.Create(hints, StringComparison.Ordinal), pattern, IgnoresCase: false, accepts);

    private static SecretPattern NewIgnoringCase(string kind, string pattern, Func<Match, string, bool>? accepts, params string[] hints) =>
        new(kind, SearchValues.Create(hints, StringComparison.OrdinalIgnoreCase), pattern, IgnoresCase: true, accepts);
}
