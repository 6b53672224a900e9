using System.Reflection;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Privacy;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.Configuration;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>What is said of settings that are misspelt, cannot be read, or contradict each other; and that it is said at once, each once.</summary>
public sealed class SettingsJudgeTests
{
    [Theory]
    [InlineData("90d", "90.00:00:00")]
    [InlineData("12h", "12:00:00")]
    [InlineData("30m", "00:30:00")]
    [InlineData("45s", "00:00:45")]
    [InlineData("500ms", "00:00:00.5000000")]
    [InlineData("1.5h", "01:30:00")]
    [InlineData("90.00:00:00", "90.00:00:00")]
    [InlineData("00:00:00.050", "00:00:00.0500000")]
    [InlineData("0", "00:00:00")]
    public void A_duration_may_be_short_or_long(string text, string expected)
    {
        Durations.TryParse(text, out var duration).ShouldBeTrue();

        duration.ToString("c").ShouldBe(expected);
    }

    [Theory]
    [InlineData("20")]
    [InlineData("24:00:00")]
    [InlineData("-1d")]
    [InlineData("d")]
    [InlineData("90 days")]
    [InlineData("999999999999d")]
    [InlineData("")]
    public void What_could_be_read_in_two_ways_or_in_none_is_no_duration(string text) => Durations.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_short_duration_reaches_the_options()
    {
        var configuration = Configuration((StoreOptions.Section + ":KeepFor", "100d"));

        SettingsJudge.Judge(configuration).Sentences.ShouldBeEmpty();

        configuration.GetSection(StoreOptions.Section).Get<StoreOptions>()!.KeepFor.ShouldBe(TimeSpan.FromDays(100));
    }

    [Theory]
    [InlineData("ClaudeBridge:Receivers:HttpPort", "abc", "'abc': it must be a whole number from 0 to 65535.")]
    [InlineData("ClaudeBridge:Receivers:HttpPort", "70000", "'70000': it must be a whole number from 0 to 65535.")]
    [InlineData("ClaudeBridge:Receivers:MaxBodyBytes", "1", "of bytes from 1024 (1 KiB) to 536870912 (512 MiB).")]
    [InlineData("ClaudeBridge:Journal:MaxBytes", "5", "of bytes of 1048576 (1 MiB) or more.")]
    [InlineData("ClaudeBridge:Journal:KeepFor", "-1", "from 1 minute to 36500 days, written like 90d")]
    [InlineData("ClaudeBridge:Store:StepDelay", "1h", "from 0 seconds to 10 seconds")]
    [InlineData("ClaudeBridge:Langfuse:SendCost", "perhaps", "'perhaps': it must be true or false.")]
    [InlineData("ClaudeBridge:Langfuse:Transport", "grpc", "'grpc': it must be one of auto, otlp, legacy.")]
    [InlineData("ClaudeBridge:Langfuse:Transport", "2", "'2': it must be one of auto, otlp, legacy.")]
    [InlineData("ClaudeBridge:Receivers:ApiKeys", "a,b", "ClaudeBridge__Receivers__ApiKeys__0")]
    [InlineData("ClaudeBridge:Langfuse:Hots", "x", "the nearest one is ClaudeBridge:Langfuse:Host.")]
    [InlineData("ClaudeBridge:Receiver:HttpPort", "1", "the nearest one is ClaudeBridge:Receivers:HttpPort.")]
    [InlineData("ClaudeBridge:HttpPort", "1", "the nearest one is ")]
    [InlineData("ClaudeBridge:Receivers:HttpPort:Value", "1", "the nearest one is ClaudeBridge:Receivers:HttpPort.")]
    [InlineData("Logging:LogLevel:Default", "Loud", "Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Logging:Console:LogLevel:Default", "Loud", "Trace, Debug, Information, Warning, Error, Critical, None.")]
    public void A_wrong_setting_is_told_by_its_key_with_what_may_stand_there(string key, string value, string expected)
    {
        var sentence = SettingsJudge.Judge(Configuration((key, value))).Sentences.ShouldHaveSingleItem();

        sentence.ShouldStartWith(key + " ");
        sentence.ShouldContain(expected);
        sentence.ShouldNotContain("E+");
    }

    [Theory]
    [InlineData("ClaudeBridge:Receivers:ApiKeys:0", "k")]
    [InlineData("claudebridge:receivers:httpport", "4000")]
    [InlineData("ClaudeBridge", "anything")]
    [InlineData("ClaudeBridge:Store", "")]
    [InlineData("Other:Key", "x")]
    [InlineData("Logging:LogLevel:Default", "information")]
    public void What_is_right_or_not_ours_is_left_alone(string key, string value) =>
        SettingsJudge.Judge(Configuration((key, value))).Sentences.ShouldBeEmpty();

    [Theory]
    [InlineData("sk-lf-1234")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public void What_may_be_a_key_in_the_wrong_place_is_not_repeated(string value) =>
        SettingsJudge.Judge(Configuration(("ClaudeBridge:Receivers:HttpPort", value))).Sentences.Single().ShouldNotContain(value);

    [Fact]
    public void The_place_where_it_was_set_is_named()
    {
        const string prefix = "SETTINGS_JUDGE_TEST_";
        Environment.SetEnvironmentVariable(prefix + "ClaudeBridge__Langfuse__InFlight", "many");
        var folder = Directory.CreateTempSubdirectory("settings");
        try
        {
            var file = Path.Combine(folder.FullName, "appsettings.json");
            File.WriteAllText(file, """{"ClaudeBridge":{"Store":{"KeepFor":"long"}}}""");
            var configuration = new ConfigurationManager();
            configuration.AddBridgeSettings(folder.FullName);
            configuration
                .AddReceiverAliases(name => name == "OTLP_RECEIVER_PORT" ? "abc" : null)
                .AddEnvironmentVariables(prefix)
                .AddInMemoryCollection([new("OTLP_RECEIVER_PORT", "abc")]);

            var sentences = SettingsJudge.Judge(configuration).Sentences;

            sentences.Count.ShouldBe(3);
            sentences.ShouldContain(line => line.StartsWith("ClaudeBridge:Receivers:HttpPort (environment: OTLP_RECEIVER_PORT) is 'abc'"));
            sentences.ShouldContain(line => line.StartsWith($"ClaudeBridge:Store:KeepFor (in {file}) is 'long'"));
            sentences.ShouldContain(line => line.Contains("(environment: ClaudeBridge__Langfuse__InFlight) is 'many'"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(prefix + "ClaudeBridge__Langfuse__InFlight", null);
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("OTLP_RECEIVER_PORT", "ClaudeBridge:Receivers:HttpPort", "4000", "5000", 1)]
    [InlineData("OTLP_RECEIVER_PORT", "ClaudeBridge:Receivers:HttpPort", "4000", " 4000", 0)]
    [InlineData("OTLP_RECEIVER_HOST", "ClaudeBridge:Receivers:Host", "localhost", "*", 1)]
    [InlineData("API_KEY", "ClaudeBridge:Receivers:ApiKey", "one-secret", "another-secret", 1)]
    [InlineData("API_KEY", "ClaudeBridge:Receivers:ApiKey", "one-secret", "", 0)]
    public void Two_spellings_that_differ_are_refused_by_both_names(string variable, string key, string one, string other, int problems)
    {
        var sentences = SettingsJudge.Judge(Configuration((variable, one), (key, other))).Sentences;

        sentences.Count.ShouldBe(problems);
        foreach (var sentence in sentences)
        {
            sentence.ShouldContain(variable + " and " + key.Replace(":", "__"));
            sentence.ShouldNotContain("secret");
        }
    }

    [Fact]
    public void An_empty_variable_leaves_what_is_set_below_it()
    {
        var configuration = Configuration(("ClaudeBridge:Receivers:HttpPort", "14318"));
        configuration.AddInMemoryCollection([new("ClaudeBridge:Receivers:HttpPort", ""), new("ClaudeBridge:Journal:KeepFor", "")]);

        SettingsJudge.Judge(configuration).Sentences.ShouldBeEmpty();

        configuration.GetSection(ReceiverOptions.Section).Get<ReceiverOptions>()!.HttpPort.ShouldBe(14318);
    }

    [Fact]
    public void Null_in_a_file_is_the_default()
    {
        const string Json =
            """{"ClaudeBridge":{"Attribution":{"Tags":null},"Privacy":{"Prompt":null},"Receivers":{"HttpPort":null},"Langfuse":{"Host":null}}}""";
        var configuration = new ConfigurationManager();
        configuration.AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Json)));

        SettingsJudge.Judge(configuration).Sentences.ShouldBeEmpty();

        configuration.GetSection(AttributionOptions.Section).Get<AttributionOptions>()!.Tags.ShouldBe(new AttributionOptions().Tags);
        configuration.GetSection(PrivacyOptions.Section).Get<PrivacyOptions>()!.Prompt.ShouldBe("keep");
        configuration.GetSection(ReceiverOptions.Section).Get<ReceiverOptions>()!.HttpPort.ShouldBe(4318);
    }

    [Fact]
    public void A_value_where_a_section_belongs_is_told()
    {
        var configuration = Configuration(("ClaudeBridge:Attribution", "team.id"), ("ClaudeBridge:Attribution:Tags", "team.id"));

        SettingsJudge.Judge(configuration).Sentences.ShouldHaveSingleItem().ShouldStartWith("ClaudeBridge:Attribution is not a setting");
    }

    [Theory]
    [InlineData("ClaudeBrige:Log:Format", "ClaudeBrige:Log:Format is not a setting: it must begin with ClaudeBridge.")]
    [InlineData("ClaudBridge:Receivers:HttpPort", "ClaudBridge:Receivers:HttpPort is not a setting: it must begin with ClaudeBridge.")]
    [InlineData("Loging:LogLevel:Default", "Loging:LogLevel:Default is not a setting: it must begin with Logging.")]
    [InlineData("Logging:LogLevl:Default", "Logging:LogLevl:Default is not a setting: it must begin with Logging:LogLevel.")]
    public void What_nobody_would_read_is_told(string key, string expected) =>
        SettingsJudge.Judge(Configuration((key, "Debug"))).Sentences.ShouldBe([expected]);

    [Theory]
    [InlineData("Login:Page", "x")]
    [InlineData("Bridge:Name", "x")]
    [InlineData("ClaudeBrigde", "a variable of another program")]
    public void What_belongs_to_other_programs_is_left_alone(string key, string value) =>
        SettingsJudge.Judge(Configuration((key, value))).Sentences.ShouldBeEmpty();

    [Theory]
    [InlineData("hunter2hunter2")]
    [InlineData("sk-lf-x")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("s3cr3tpassword")]
    public void A_value_that_may_be_a_secret_is_not_repeated(string secret) =>
        SettingsJudge
            .Judge(Configuration(("ClaudeBridge:Receivers:HttpPort", secret)))
            .Sentences.ShouldHaveSingleItem()
            .ShouldNotContain(secret);

    [Fact]
    public void A_settings_file_that_is_a_folder_is_not_passed_over()
    {
        using var folder = new Cli.TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "appsettings.json"));

        Should.Throw<StartupException>(() => BridgeHost.CreateBuilder(folder.Path)).ExitCode.ShouldBe(StartupException.WrongConfiguration);
    }

    [Theory]
    [InlineData("~")]
    [InlineData("~/data")]
    public void A_data_folder_below_the_users_own_is_found_without_a_shell(string given) =>
        ClaudeBridge
            .Cli.DataFolder.Resolve(given)
            .ShouldBe(Path.GetFullPath(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + given[1..]));

    [Theory]
    [InlineData("{\"ClaudeBridge\":\"x\"}", 1)]
    [InlineData("{\"ClaudeBridge\":5,\"Logging\":{}}", 1)]
    [InlineData("{\"ClaudeBridge\":null}", 0)]
    [InlineData("{\"ClaudeBridge\":{}}", 0)]
    public void A_value_instead_of_all_settings_is_told_with_its_file(string json, int problems)
    {
        using var folder = new Cli.TemporaryFolder();
        var file = Path.Combine(folder.Path, "appsettings.json");
        File.WriteAllText(file, json);
        var configuration = new ConfigurationManager();
        configuration.AddBridgeSettings(folder.Path);

        var found = SettingsJudge.Judge(configuration).Sentences;

        found.Count.ShouldBe(problems);
        found.ShouldAllBe(problem => problem.Contains(file) && problem.StartsWith("ClaudeBridge ("));
    }

    [Fact]
    public async Task Problems_of_all_kinds_are_told_together_and_each_once()
    {
        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync([("GrpcPort", "abc"), ("Hots", "x"), ("AllowedHosts:0", "http://with.scheme/"), ("MaxBodyBytes", "7")])
        );

        failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
        var lines = failure.Message.Split('\n');
        lines[0].ShouldBe("The configuration is wrong in 4 places:");
        lines.Length.ShouldBe(5);
        lines.Distinct().Count().ShouldBe(5);
    }

    [Theory]
    [InlineData("{bad", "is not JSON: line 1, position 2.")]
    [InlineData("{\n  \"ClaudeBridge\": {},\n  bad }", "is not JSON: line 3, position 3.")]
    [InlineData("{\"a\":1,\"a\":2}", "duplicate key 'a'")]
    public void A_broken_settings_file_is_named_with_the_place(string json, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("settings");
        try
        {
            var file = Path.Combine(folder.FullName, "appsettings.json");
            File.WriteAllText(file, json);

            var failure = Should.Throw<StartupException>(() => BridgeHost.CreateBuilder(folder.FullName));
            var later = Should.Throw<StartupException>(() => new ConfigurationBuilder().AddBridgeSettings(folder.FullName).Build());

            failure.ExitCode.ShouldBe(StartupException.WrongConfiguration);
            failure.Message.ShouldContain(file);
            failure.Message.ShouldContain(expected);
            failure.Message.ShouldNotContain("LineNumber");
            later.Message.ShouldBe(failure.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_options_class_is_known()
    {
        var sections = typeof(Program)
            .Assembly.GetTypes()
            .Select(static type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string)
            .Where(static section => section?.StartsWith("ClaudeBridge:", StringComparison.Ordinal) == true)
            .ToList();

        sections.ShouldContain(JournalOptions.Section);
        foreach (var section in sections)
        {
            KnownSettings.IsSection(section!).ShouldBeTrue(section);
        }
    }

    [Fact]
    public void Every_default_may_be_set() =>
        KnownSettings
            .All.Where(static known => known is { IsList: false, Default: { Length: > 0 } } && !known.TryRead(known.Default, out _))
            .Select(static known => known.Key)
            .ShouldBeEmpty();

    private static ConfigurationManager Configuration(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        return configuration;
    }
}
