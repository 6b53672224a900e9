using System.Text.RegularExpressions;
using ClaudeBridge.Cli;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Access;

/// <summary><c>claudebridge key</c>: what it prints is what the bridge takes.</summary>
public sealed partial class KeyCommandTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-key-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_settings_it_prints_make_its_key_good_for_its_tenant()
    {
        (await InvokeAsync("key", "--tenant", "north", "--data", _folder)).ShouldBe(ExitCode.Done);

        var settings = SettingsIn(_out.ToString());
        settings.Keys.ShouldBe(["ClaudeBridge:Access:Tenants:0:Name", "ClaudeBridge:Access:Tenants:0:KeyHashes:0"], ignoreOrder: true);
        settings.Values.ShouldNotContain(KeyIn(_out.ToString()), "the bridge keeps the hash alone");
        await using var doors = await RunningDoors.StartAsync(settings.Select(static pair => (pair.Key, (string?)pair.Value)));
        using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", KeyIn(_out.ToString())));
        (await answer.Content.ReadAsStringAsync()).ShouldBe("north");
    }

    [Fact]
    public async Task A_further_key_goes_beside_those_that_are_set()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "appsettings.json"),
            $$"""
            {"ClaudeBridge":{"Receivers":{"ApiKey":"one"},"Access":{"Tenants":[{"Name":"south","KeyHashes":["{{Keys.HashOf("a")}}"]},
            {"Name":"north","KeyHashes":["{{Keys.HashOf("b")}}","{{Keys.HashOf("c")}}"] } ] } } }
            """
        );

        await InvokeAsync("key", "--tenant", "north", "--data", _folder);
        await InvokeAsync("key", "--tenant", "east", "--data", _folder);
        await InvokeAsync("key", "--data", _folder);

        SettingsIn(_out.ToString())
            .Keys.ShouldBe(
                [
                    "ClaudeBridge:Access:Tenants:1:KeyHashes:2",
                    "ClaudeBridge:Access:Tenants:2:Name",
                    "ClaudeBridge:Access:Tenants:2:KeyHashes:0",
                    "ClaudeBridge:Receivers:ApiKeys:0",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task A_name_that_cannot_be_a_tenants_is_a_usage_error()
    {
        (await InvokeAsync("key", "--tenant", "North/\u001b[31m", "--data", _folder)).ShouldBe(ExitCode.Usage);

        _error.ToString().ShouldContain("1 to 64");
        _error.ToString().ShouldNotContain("\u001b");
        _out.ToString().ShouldBeEmpty();
    }

    private static string KeyIn(string text) => PrintedKey().Match(text).Groups["key"].Value;

    private static Dictionary<string, string> SettingsIn(string text) =>
        PrintedSetting()
            .Matches(text)
            .ToDictionary(
                static match => match.Groups["name"].Value.Replace("__", ":", StringComparison.Ordinal),
                static match => match.Groups["value"].Value
            );

    [GeneratedRegex("^Key +(?<key>cb_[A-Za-z0-9_-]{43})", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PrintedKey();

    [GeneratedRegex("^  (?<name>ClaudeBridge__[A-Za-z0-9_]+)=(?<value>.+?)\\r?$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PrintedSetting();

    private Task<int> InvokeAsync(params string[] args) =>
        CommandTree.InvokeAsync(args, new CommandServices(Terminal.Over(_out, _error, null), TimeProvider.System), default);
}
