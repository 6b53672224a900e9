using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Exporters;

public sealed class LangfuseOptionsTests
{
    private static readonly (string, string) PublicKey = ("LANGFUSE_PUBLIC_KEY", "pk-lf-1");
    private static readonly (string, string) SecretKey = ("LANGFUSE_SECRET_KEY", "sk-lf-1");

    [Fact]
    public void Keys_alone_mean_Langfuse_Cloud()
    {
        var options = Read(PublicKey, SecretKey);

        options.IsConfigured.ShouldBeTrue();
        options.BaseAddress.ShouldBe(new Uri("https://cloud.langfuse.com/"));
    }

    [Theory]
    [InlineData("LANGFUSE_HOST")]
    [InlineData("LANGFUSE_BASE_URL")]
    [InlineData("ClaudeBridge:Langfuse:Host")]
    public void The_address_has_three_names(string name)
    {
        Read(PublicKey, SecretKey, (name, "http://localhost:3000")).BaseAddress.ShouldBe(new Uri("http://localhost:3000/"));
    }

    [Theory]
    [InlineData("https://host/base", "https://host/base/")]
    [InlineData("https://host/base/", "https://host/base/")]
    [InlineData(" https://host ", "https://host/")]
    [InlineData("https://host/api/public/otel", "https://host/")]
    [InlineData("https://host/base/api/public/otel/v1/traces", "https://host/base/")]
    public void An_address_may_have_a_path_and_the_endpoint_in_it_does_no_harm(string host, string expected)
    {
        Read(PublicKey, SecretKey, ("LANGFUSE_HOST", host)).BaseAddress.ShouldBe(new Uri(expected));
    }

    [Fact]
    public void The_section_goes_before_the_aliases()
    {
        var options = Read(
            PublicKey,
            SecretKey,
            ("ClaudeBridge:Langfuse:PublicKey", "pk-lf-2"),
            ("ClaudeBridge:Langfuse:MaxBatchSpans", "9")
        );

        options.PublicKey.ShouldBe("pk-lf-2");
        options.MaxBatchSpans.ShouldBe(9);
    }

    [Fact]
    public void One_address_under_two_names_is_fine_and_two_addresses_are_not()
    {
        Read(PublicKey, SecretKey, ("LANGFUSE_HOST", "http://a/"), ("LANGFUSE_BASE_URL", "http://a")).BaseAddress.Host.ShouldBe("a");

        Problems(PublicKey, SecretKey, ("LANGFUSE_HOST", "http://a"), ("LANGFUSE_BASE_URL", "http://b"))
            .ShouldHaveSingleItem()
            .ShouldContain("name different addresses");
    }

    [Fact]
    public void One_key_without_the_other_is_refused()
    {
        Problems(PublicKey).ShouldHaveSingleItem().ShouldContain("LANGFUSE_SECRET_KEY is not");
        Problems(SecretKey).ShouldHaveSingleItem().ShouldContain("LANGFUSE_PUBLIC_KEY is not");
    }

    [Theory]
    [InlineData("cloud.langfuse.com", "whole address")]
    [InlineData("ftp://host", "whole address")]
    [InlineData("https://user:secret@host", "user name or password")]
    [InlineData("https://host/?a=1", "'?'")]
    public void An_address_that_cannot_be_one_is_refused_without_quoting_it(string host, string reason)
    {
        var problem = Problems(PublicKey, SecretKey, ("LANGFUSE_HOST", host)).ShouldHaveSingleItem();

        problem.ShouldContain(reason);
        problem.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("http://169.254.169.254", "link-local")]
    [InlineData("http://2852039166/", "link-local")]
    [InlineData("http://0xa9.0xfe.0xa9.0xfe/", "link-local")]
    [InlineData("https://[::ffff:169.254.169.254]/", "link-local")]
    [InlineData("http://[fe80::1]:3000", "link-local")]
    [InlineData("http://0.0.0.0:3000", "no address of any machine")]
    public void An_address_where_no_backend_is_stops_the_start_unless_it_is_allowed(string host, string kind)
    {
        var problem = Problems(PublicKey, SecretKey, ("LANGFUSE_HOST", host)).ShouldHaveSingleItem();
        problem.ShouldContain(kind);
        problem.ShouldContain("LANGFUSE_HOST");
        problem.ShouldContain("ClaudeBridge:Langfuse:AllowLinkLocal=true");
        Read(PublicKey, SecretKey, ("LANGFUSE_HOST", host), ("ClaudeBridge:Langfuse:AllowLinkLocal", "true")).AllowLinkLocal.ShouldBeTrue();
    }

    [Fact]
    public void All_problems_are_said_at_once_and_no_key_is_quoted()
    {
        var problems = Problems(
            ("LANGFUSE_PUBLIC_KEY", "sk-lf-swapped"),
            ("LANGFUSE_HOST", "nowhere"),
            ("ClaudeBridge:Langfuse:InFlight", "0"),
            ("ClaudeBridge:Langfuse:AttemptTimeout", "00:00:00")
        );

        problems.Count.ShouldBe(5);
        problems.ShouldAllBe(problem => !problem.Contains("lf-swapped"));
    }

    [Fact]
    public async Task Registered_with_keys_it_delivers_and_links_to_the_trace()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var feed = new FakeFeed();
        feed.Add(Some.Root(), Some.Trace());
        using var host = Host(
            feed,
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-stand-in"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-stand-in"),
            ("LANGFUSE_HOST", langfuse.Address.ToString())
        );
        await host.StartAsync();

        var progress = await host.Services.GetServices<DeliveryLoop>().First().DrainAsync(TimeSpan.FromSeconds(30));
        var link = await host.Services.GetRequiredService<LangfuseLinks>().TraceAsync(Some.Trace());
        await host.StopAsync();

        progress.IsDrained.ShouldBeTrue();
        langfuse.Table.Observations.ShouldHaveSingleItem();
        link.ShouldBe(new Uri(langfuse.Address, $"project/{LangfuseStandIn.ProjectId}/traces/{Some.Trace()}"));
        langfuse.LastHeaders["x-langfuse-ingestion-version"].ShouldBe("4");
        langfuse.LastHeaders["x-langfuse-sdk-name"].ShouldBe("claudebridge");
        langfuse.LastHeaders["content-encoding"].ShouldBe("gzip");
        langfuse.LastHeaders["content-type"].ShouldBe("application/x-protobuf");
    }

    [Theory]
    [InlineData(null, "Langfuse, Langfuse scores")]
    [InlineData("true", "Langfuse, Langfuse scores")]
    [InlineData("false", "Langfuse")]
    public void Scores_are_delivered_beside_the_traces_unless_they_are_not_wanted(string? sendScores, string destinations)
    {
        using var host = Host(new FakeFeed(), PublicKey, SecretKey, ("ClaudeBridge:Langfuse:SendScores", sendScores!));

        var loops = host.Services.GetServices<DeliveryLoop>().ToList();

        string.Join(", ", loops.Select(static loop => loop.Destination)).ShouldBe(destinations);
        loops.Select(static loop => loop.HoldsStore).ShouldBe(((bool[])[true, false]).Take(loops.Count));
    }

    [Theory]
    [InlineData("auto", LangfuseTransport.Auto)]
    [InlineData("otlp", LangfuseTransport.Otlp)]
    [InlineData("legacy", LangfuseTransport.Legacy)]
    public void The_way_is_a_word(string word, LangfuseTransport expected) =>
        Read(PublicKey, SecretKey, ("ClaudeBridge:Langfuse:Transport", word)).Transport.ShouldBe(expected);

    [Fact]
    public async Task Without_a_project_the_link_is_one_that_Langfuse_redirects()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        using var host = Host(new FakeFeed(), PublicKey, SecretKey, ("LANGFUSE_HOST", langfuse.Address.ToString()));

        var link = await host.Services.GetRequiredService<LangfuseLinks>().TraceAsync(Some.Trace());

        link.ShouldBe(new Uri(langfuse.Address, $"trace/{Some.Trace()}"));
    }

    [Fact]
    public async Task Without_keys_nothing_is_delivered_and_nothing_is_said()
    {
        var log = new CollectingLogger();
        using var host = Host(new FakeFeed(), log, []);
        await host.StartAsync();
        await host.StopAsync();

        log.Count("LANGFUSE").ShouldBe(0);
        host.Services.GetService<DeliveryLoop>().ShouldBeNull();
    }

    [Fact]
    public async Task A_configuration_that_cannot_work_stops_the_start()
    {
        using var host = Host(new FakeFeed(), PublicKey);

        var refusal = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        refusal.Failures.ShouldHaveSingleItem();
    }

    private static LangfuseOptions Read(params (string Key, string Value)[] settings)
    {
        using var host = Host(new FakeFeed(), settings);
        return host.Services.GetRequiredService<IOptions<LangfuseOptions>>().Value;
    }

    private static List<string> Problems(params (string Key, string Value)[] settings) =>
        [.. Should.Throw<OptionsValidationException>(() => Read(settings)).Failures];

    private static IHost Host(FakeFeed feed, params (string Key, string Value)[] settings) => Host(feed, new CollectingLogger(), settings);

    private static IHost Host(FakeFeed feed, CollectingLogger log, (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, string? (pair) => pair.Value));
        builder.Logging.AddProvider(new OneLogger(log));
        builder.Services.AddSingleton<IFeed>(feed);
        builder.Services.AddDeliveryLedger(_ => Directory.CreateTempSubdirectory("claudebridge-").FullName);
        builder.Services.AddLangfuse(builder.Configuration);
        return builder.Build();
    }

    private sealed class OneLogger(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose() { }
    }
}
