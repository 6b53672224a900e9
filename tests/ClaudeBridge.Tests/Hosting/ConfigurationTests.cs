using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>Settings: where they come from, and what is said when they are wrong.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task All_problems_are_told_at_once_each_with_its_key()
    {
        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync([
                ("GrpcPort", "70000"),
                ("HttpPort", "4000"),
                ("DashboardPort", "4000"),
                ("MaxBodyBytes", "1"),
                ("MaxInFlightBytes", "5000"),
                ("AllowedHosts:0", "http://with.scheme/"),
                ("ApiKeys:0", " "),
                ("Host", "no address"),
            ])
        );

        failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
        foreach (var key in new[] { "GrpcPort", "DashboardPort", "MaxBodyBytes", "AllowedHosts", "ApiKeys", "Host" })
        {
            failure.Message.Split('\n').ShouldContain(line => line.Contains(ReceiverOptions.Section) && line.Contains(key), key);
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    [InlineData("::")]
    [InlineData("192.0.2.1")]
    public async Task Beyond_loopback_without_a_key_the_start_is_refused_with_both_ways_out(string host)
    {
        var failure = await Should.ThrowAsync<StartupException>(() => RunningDoors.StartAsync([("Host", host)]));

        failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
        failure.Message.ShouldContain("API_KEY");
        failure.Message.ShouldContain(nameof(ReceiverOptions.AllowUnauthenticatedRemoteAccess));
        failure.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task Beyond_loopback_without_a_key_is_possible_in_so_many_words()
    {
        await using var doors = await RunningDoors.StartAsync([("Host", "0.0.0.0"), ("AllowUnauthenticatedRemoteAccess", "true")]);

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);

        response.IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_told_by_its_key_and_not_repeated()
    {
        var failure = await Should.ThrowAsync<StartupException>(() => RunningDoors.StartAsync([("HttpPort", "sk-misplaced-secret")]));

        failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
        failure.Message.ShouldContain("HttpPort");
        failure.Message.ShouldNotContain("misplaced");
    }

    [Fact]
    public async Task A_body_that_the_journal_could_not_store_may_not_be_accepted()
    {
        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync([("MaxBodyBytes", "200000000"), ("MaxInFlightBytes", "1000000000")])
        );

        failure.Message.ShouldContain("ClaudeBridge:Journal:MaxEntryBytes");
    }

    [Fact]
    public void The_short_environment_variables_mean_what_users_of_such_tools_expect()
    {
        var variables = new Dictionary<string, string>
        {
            ["OTLP_RECEIVER_HOST"] = "127.0.0.1",
            ["OTLP_RECEIVER_PORT"] = "14318",
            ["API_KEY"] = "k",
        };

        var options = Options(new ConfigurationBuilder().AddReceiverAliases(variables.GetValueOrDefault).Build());

        options.Host.ShouldBe("127.0.0.1");
        options.HttpPort.ShouldBe(14318);
        options.GrpcPort.ShouldBe(4317);
        AccessKeys.Of(options).ShouldBe(["k"]);
    }

    [Fact]
    public void An_empty_variable_is_no_variable()
    {
        var options = Options(new ConfigurationBuilder().AddReceiverAliases(_ => "").Build());

        options.Host.ShouldBe("localhost");
        AccessKeys.Of(options).ShouldBeEmpty();
    }

    [Fact]
    public void The_data_folder_has_settings_of_its_own_and_no_file_is_watched()
    {
        var folder = Directory.CreateTempSubdirectory("settings");
        try
        {
            File.WriteAllText(
                Path.Combine(folder.FullName, "appsettings.json"),
                """{"ClaudeBridge":{"Receivers":{"HttpPort":12345,"GrpcPort":12346}}}"""
            );

            var builder = BridgeHost.CreateBuilder(
                folder.FullName,
                [KeyValuePair.Create($"{ReceiverOptions.Section}:GrpcPort", (string?)"1")]
            );

            var options = Options(builder.Configuration);
            options.HttpPort.ShouldBe(12345);
            options.GrpcPort.ShouldBe(1);
            builder.Environment.ContentRootPath.TrimEnd('/').ShouldBe(folder.FullName);
            ((IConfigurationBuilder)builder.Configuration)
                .Sources.OfType<Microsoft.Extensions.Configuration.Json.JsonConfigurationSource>()
                .ShouldAllBe(source => !source.ReloadOnChange);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ReceiverOptions Options(IConfiguration configuration) =>
        new ServiceCollection()
            .AddSingleton(configuration)
            .AddReceivers()
            .BuildServiceProvider()
            .GetRequiredService<IOptions<ReceiverOptions>>()
            .Value;
}
