using System.Net;
using ClaudeBridge.Cli;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>What the bridge says when it starts and when it is asked how it is.</summary>
public sealed class StartSentencesTests
{
    [Fact]
    public void On_loopback_the_banner_says_nothing_of_other_machines()
    {
        var banner = Banner("localhost", needsKey: false);

        banner.ShouldNotContain("Open to");
        banner.ShouldNotContain("WARNING");
        banner.ShouldContain("Langfuse    not configured");
    }

    [Fact]
    public void The_banner_names_the_dashboard_first()
    {
        var lines = Banner("localhost", needsKey: false).Split('\n');

        lines[1].ShouldMatch("^  Dashboard   http://127\\.0\\.0\\.1:[0-9]+/\r?$");
        lines.ShouldContain(static line => line.StartsWith("  Health", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("0.0.0.0")]
    public void On_every_interface_the_banner_says_so(string host)
    {
        var banner = Banner(host, needsKey: true);

        banner.ShouldContain("every interface; other machines use this machine's name");
        banner.ShouldNotContain("WARNING");
    }

    [Fact]
    public void Without_a_key_beyond_loopback_the_banner_warns() =>
        Banner("0.0.0.0", needsKey: false).ShouldContain("WARNING     no key is asked for");

    [Theory]
    [InlineData("localhost")]
    [InlineData("*")]
    public void The_facts_of_the_banner_fit_80_columns(string host) =>
        Banner(host, needsKey: false)
            .Split('\n')
            .TakeWhile(static line => !line.StartsWith("Point", StringComparison.Ordinal))
            .ShouldAllBe(static line => line.Length <= 80);

    [Fact]
    public async Task Healthcheck_says_degraded_with_the_reason_and_lets_the_container_live()
    {
        await using var doors = await RunningDoors.StartAsync(services: With(HealthState.Degraded));

        var (code, said, _) = await AskAsync(doors);

        code.ShouldBe(ExitCode.Done);
        said.Trim().ShouldBe("degraded: langfuse: Langfuse is away.");
    }

    [Fact]
    public async Task Healthcheck_says_healthy_only_when_all_is_well()
    {
        await using var doors = await RunningDoors.StartAsync();

        (await AskAsync(doors)).Said.Trim().ShouldBe("healthy");
    }

    [Fact]
    public async Task Healthcheck_fails_with_the_reason_when_a_part_is_down()
    {
        await using var doors = await RunningDoors.StartAsync(services: With(HealthState.Down));

        var (code, _, error) = await AskAsync(doors);

        code.ShouldBe(ExitCode.Failed);
        error.ShouldContain("answers 503, down: langfuse: Langfuse is away.");
    }

    [Fact]
    public async Task Healthcheck_says_that_TLS_is_wanted_and_not_that_nobody_is_there()
    {
        await using var doors = await RunningDoors.StartAsync();

        var (code, _, error) = await AskAsync(doors, "https");

        code.ShouldBe(ExitCode.Failed);
        error.ShouldContain("no TLS to be had");
        error.ShouldNotContain("start it");
    }

    [Theory]
    [InlineData("Prod Env!", "default")]
    [InlineData("Production", "production")]
    [InlineData("production", null)]
    [InlineData(null, null)]
    public async Task An_environment_that_is_sent_under_another_name_is_told_once(string? given, string? sent)
    {
        using var log = new CollectedLog();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        var notice = new LangfuseNotices(
            Options.Create(new LangfuseOptions { Environment = given }),
            factory.CreateLogger<LangfuseNotices>()
        );

        await notice.StartAsync(TestContext.Current.CancellationToken);

        log.Lines.Count.ShouldBe(sent is null ? 0 : 1);
        log.Lines.ShouldAllBe(line =>
            line.Level == LogLevel.Warning && line.Text.Contains($"environment '{sent}'") && line.Text.Contains(given!)
        );
    }

    [Theory]
    [InlineData("http://langfuse.example.com", 1)]
    [InlineData("https://langfuse.example.com", 0)]
    [InlineData("http://localhost:3000", 0)]
    [InlineData("http://langfuse-web:3000", 0)]
    public async Task Keys_that_leave_the_house_without_TLS_are_told_once(string host, int lines)
    {
        using var log = new CollectedLog();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        var notice = new LangfuseNotices(Options.Create(new LangfuseOptions { Host = host }), factory.CreateLogger<LangfuseNotices>());

        await notice.StartAsync(TestContext.Current.CancellationToken);

        log.Lines.Count.ShouldBe(lines);
        log.Lines.ShouldAllBe(line => line.Level == LogLevel.Warning && line.Text.Contains("without TLS"));
    }

    [Fact]
    public async Task A_wrong_path_is_told_where_the_probes_are()
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.GetAsync("/ready", TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldContain("/health");
        text.ShouldContain("/readyz");
    }

    private static string Banner(string host, bool needsKey)
    {
        using var ports = BridgePorts.Bind(
            new ReceiverOptions
            {
                Host = host,
                GrpcPort = 0,
                HttpPort = 0,
                DashboardPort = 0,
            }
        );
        return RunBanner.Of(ports, "/data", langfuse: null, needsKey);
    }

    private static async Task<(int Code, string Said, string Error)> AskAsync(RunningDoors doors, string scheme = "http")
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandTree.InvokeAsync(
            ["healthcheck", "--url", $"{scheme}://127.0.0.1:{doors.Ports.Http}/health"],
            new CommandServices(Terminal.Over(output, error), TimeProvider.System),
            TestContext.Current.CancellationToken
        );
        return (code, output.ToString(), error.ToString());
    }

    private static Action<IServiceCollection> With(HealthState state) =>
        services => services.AddSingleton<IHealthSource>(new Langfuse(state));

    private sealed class Langfuse(HealthState state) : IHealthSource
    {
        public string Name => "langfuse";

        public HealthReport Check() => new(state, "Langfuse is away.");
    }
}
