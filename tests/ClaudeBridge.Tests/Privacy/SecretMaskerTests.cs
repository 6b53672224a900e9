using ClaudeBridge.Privacy;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>What is taken for a secret, and what is not.</summary>
public sealed class SecretMaskerTests
{
    private static readonly SecretMasker Masker = new([]);

    // Put together so that no scanner takes the test for a leak.
    private const string Random = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ";

    public static TheoryData<string, string> Secrets { get; } =
        new()
        {
            { "sk-ant-" + "api03-" + Random, "anthropic" },
            { "sk-" + Random, "openai" },
            { "sk-" + "proj-" + Random + "_" + Random, "openai" },
            { "sk-" + "lf-1234abcd-0000-1111-2222-333344445555", "langfuse" },
            { "pk-" + "lf-1234abcd-0000-1111-2222-333344445555", "langfuse" },
            { "AKIA" + "IOSFODNN7EXAMPLE", "aws" },
            { "ASIA" + "IOSFODNN7EXAMPLE", "aws" },
            { "ghp_" + Random + "0123456789", "github" },
            { "gho_" + Random + "0123456789", "github" },
            { "ghu_" + Random + "0123456789", "github" },
            { "ghs_" + Random + "0123456789", "github" },
            { "ghr_" + Random + "0123456789", "github" },
            { "github_pat_" + Random + "_" + Random, "github" },
            { "glpat-" + "abcdEFGH12345678ijkl", "gitlab" },
            { "xoxb-" + "123456789012-abcdefABCDEF", "slack" },
            { "xoxp-" + "123456789012-abcdefABCDEF", "slack" },
            { "AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "google" },
            { "sk_live_" + Random, "stripe" },
            { "rk_live_" + Random, "stripe" },
            { "npm_" + Random + "0123456789", "npm" },
            { "pypi-" + "AgEIcHlwaS5vcmcCJ" + Random, "pypi" },
            { "hf_" + Random + "01234567", "huggingface" },
            { "SG." + Random + "." + Random, "sendgrid" },
            { "SK" + "0123456789abcdef0123456789abcdef", "twilio" },
            { "dop_v1_" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "digitalocean" },
            { "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "jwt" },
        };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void The_keys_of_the_known_providers_are_masked_wherever_they_stand(string secret, string kind)
    {
        var marker = $"[masked:{kind}]";

        Masker.Mask(secret).ShouldBe(marker);
        Masker.Mask($"use {secret} for it").ShouldBe($"use {marker} for it");
        Masker.Mask($"{{\"text\":\"line\\n{secret}\\nnext\"}}").ShouldBe($"{{\"text\":\"line\\n{marker}\\nnext\"}}");
        Masker.Mask($"({secret})\n{secret}").ShouldBe($"({marker})\n{marker}");
    }

    [Theory]
    [InlineData("Authorization: Bearer CANARY1x", "CANARY1x")]
    [InlineData("curl -H 'Authorization: Basic dXNlcjpwYXNz' x", "dXNlcjpwYXNz")]
    [InlineData("{\"headers\":{\"Authorization\":\"Bearer CANARY1x\"}}", "CANARY1x")]
    [InlineData("\"{\\\"authorization\\\":\\\"token CANARY1x\\\"}\"", "CANARY1x")]
    [InlineData("bearer CANARY-12345", "CANARY-12345")]
    [InlineData("x-api-key: CANARY1x", "CANARY1x")]
    [InlineData("postgres://app:CANARYx@db.internal:5432/shop", "CANARYx")]
    [InlineData("https://user:CANARYx@example.com/repo.git", "CANARYx")]
    [InlineData("redis://:CANARYx@cache:6379", "CANARYx")]
    [InlineData("export DB_PASSWORD=CANARYx && run", "CANARYx")]
    [InlineData("PASSWORD='CANARY with blanks'", "CANARY with blanks")]
    [InlineData("password: CANARY1x\nuser: me", "CANARY1x")]
    [InlineData("password = \"CANARYx\"", "CANARYx")]
    [InlineData("{\"password\": \"CANARYx\", \"user\": \"me\"}", "CANARYx")]
    [InlineData("{\"body\":\"{\\\"client_secret\\\":\\\"CANARYx\\\"}\"}", "CANARYx")]
    [InlineData("{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"api_key\\\\\\\":\\\\\\\"CANARYx\\\\\\\"}\\\"}\"}", "CANARYx")]
    [InlineData("?access_token=CANARYx&page=2", "CANARYx")]
    [InlineData("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY", "CANARYKEY")]
    [InlineData("AWS_SESSION_TOKEN=CANARY1x", "CANARY1x")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=CANARYx+/abc==;EndpointSuffix=x", "CANARYx")]
    [InlineData("tool --password CANARY1x --verbose", "CANARY1x")]
    [InlineData("tool --token=CANARYx", "CANARYx")]
    [InlineData("curl -s -u admin:CANARYx https://x.test", "CANARYx")]
    [InlineData("{\"command\":\"curl -u \\\"admin:CANARYx\\\" x\"}", "CANARYx")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIICANARY\n-----END RSA PRIVATE KEY-----", "MIICANARY")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3CANARY\\n-----END OPENSSH PRIVATE KEY-----\\n", "CANARY")]
    [InlineData("{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\\\nMIICANARY\\\\n-----END PRIVATE KEY-----\\\\n\"}", "CANARY")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nMHcCANARYAQEEIcut0123456789\nabcdefghCANARYijklmnop", "CANARY")]
    [InlineData("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQCANARY\n-----END PGP PRIVATE KEY BLOCK-----", "CANARY")]
    [InlineData(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,ABCD\n\nMIICANARY0123456789012345678",
        "CANARY"
    )]
    [InlineData("     1→-----BEGIN RSA PRIVATE KEY-----\n     2→MIICANARY0123456789012345678\n     3→moreCANARY0123456789", "CANARY")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\n-MIICANARY\n------END RSA PRIVATE KEY-----", "CANARY")]
    [InlineData("[\"Basic YXBwOkNBTkFSWXNlY3JldA==\"]", "YXBwOkNBTkFSWXNlY3JldA")]
    [InlineData("authorization%3A%20Bearer%20CANARY1x", "CANARY1x")]
    [InlineData("password%3DCANARY1x%26user=me", "CANARY1x")]
    [InlineData("%22api_key%22%3A%22CANARY1x%22", "CANARY1x")]
    [InlineData("postgres%3A%2F%2Fapp%3ACANARYx%40db", "CANARYx")]
    [InlineData("https://CANARYtoken0123456789abcdef@github.com/o/r.git", "CANARY")]
    [InlineData("<password>CANARY1x</password>", "CANARY1x")]
    [InlineData("Cookie: session=CANARY1234567890ab", "CANARY")]
    [InlineData("machine github.com login me password CANARY1x", "CANARY1x")]
    [InlineData("mysql -uroot -pCANARY1x db", "CANARY1x")]
    [InlineData("sshpass -p CANARY1x ssh host", "CANARY1x")]
    [InlineData("docker login -u me -p CANARY1x", "CANARY1x")]
    [InlineData("redis-cli -h x -a CANARY1x", "CANARY1x")]
    [InlineData("SMTP_PASS=CANARY1x", "CANARY1x")]
    [InlineData("AZURE_STORAGE_KEY=CANARY1xAAAAAAAAAAAAAAAA==", "CANARY1x")]
    [InlineData("https://x.test/api/webhooks/123456789012/CANARY0123456789abcdef", "CANARY")]
    [InlineData("use gsk_CANARY0123456789abcdef0123 for it", "CANARY")]
    public void Passwords_tokens_and_private_keys_are_masked_in_every_form(string text, string secret)
    {
        var masked = Masker.Mask(text);

        masked.ShouldNotContain(secret);
        masked.ShouldContain("[masked:");
        Masker.Mask(masked).ShouldBe(masked);
    }

    [Theory]
    [InlineData("req_001J91wvjUF4Ph5J5aytaCKQS toolu_01TUmHcyVkcB8pSVrQziStKM msg_01CGAjhfHaTBJ3rJMJxAjfkN")]
    [InlineData("669bb64c-b33b-47e0-b968-6f771ef55a31")]
    [InlineData("commit 4bf92f3577b34da6a3ce929d0e0e4736d26e0d9f")]
    [InlineData("sha256:0123456789abcdef sp_5fcb6b20cf8c")]
    [InlineData("{\"input_tokens\":5,\"output_tokens\":50,\"cache_read_input_tokens\":10000,\"max_tokens\":32000}")]
    [InlineData("max_tokens=4096 token_count: 12345 total_token: 50000 tokens=12345")]
    [InlineData("const token = getToken(request); let secret = config.secret; password: string;")]
    [InlineData("function login(password: string, token: Token) { return this.token === token; }")]
    [InlineData("token=$GITHUB_TOKEN password=${DB_PASSWORD} secret=<your-secret> api_key={{key}}")]
    [InlineData("GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}")]
    [InlineData("PWD=/home/dev/shop-api OLDPWD=/home/dev")]
    [InlineData("secret_name: \"my-database\" token_type: \"bearer\" password_file: \"/run/x\"")]
    [InlineData("the password must be long; a token is needed; Bearer authentication is used")]
    [InlineData("task-list sk-loading-indicator-large ask-the-user-whether-to-go-on disk-space-is-running-out")]
    [InlineData("git@github.com:acme/shop.git https://example.com:8080/a@b http://localhost:4318/v1/logs")]
    [InlineData("tokenizer: \"cl100k_base\" secretary: \"Alice Smith\"")]
    [InlineData("SKU-404 SKU12345 RISK SKIP")]
    [InlineData("Basic understanding; basic authentication; Basic HTMLElements")]
    [InlineData("password = os.environ[\"X\"]; if token == null; token: 1.5k; self.token = token; password?: string;")]
    [InlineData("Map<Token>value; tests_pass=12; mkdir -p src/auth && cp -a x y && git login -a")]
    public void What_only_looks_a_little_like_a_secret_stays(string text) => Masker.Mask(text).ShouldBe(text);

    [Fact]
    public void Own_patterns_are_masked_as_custom_and_never_inside_a_marker()
    {
        var masker = new SecretMasker([@"ACME-\d{4}", "custom"]);

        var masked = masker.Mask("key ACME-1234 of a custom kind");

        masked.ShouldBe("key [masked:custom] of a [masked:custom] kind");
        masker.Mask(masked).ShouldBe(masked);
    }

    [Fact]
    public void Hostile_texts_take_no_longer_than_their_length()
    {
        string[] hostile =
        [
            string.Concat(Enumerable.Repeat("password", 20_000)),
            string.Concat(Enumerable.Repeat("-----BEGIN PRIVATE KEY-----", 40_000)),
            "://" + new string('a', 200_000),
            string.Concat(Enumerable.Repeat("eyJaaaaaaaa.", 20_000)),
            string.Concat(Enumerable.Repeat("token=", 30_000)),
            "secret" + new string('\\', 200_000),
            string.Concat(Enumerable.Repeat("curl -u ", 20_000)),
        ];
        foreach (var text in hostile)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            Masker.Mask(text);
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5), text[..20]);
        }
    }
}
