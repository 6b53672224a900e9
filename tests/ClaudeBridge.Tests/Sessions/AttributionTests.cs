using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Who did it and for what: from the attributes of resource and records, by lists that can be set.</summary>
public sealed class AttributionTests
{
    private const string Hash = "5f0c41d2-hash-of-the-installation";

    [Fact]
    public void The_eight_attributes_that_teams_set_work_without_configuration()
    {
        var context = Context(
            Turn()
                .Of("member", "mia")
                .Of("member.email", "mia@example.com")
                .Of("department", "engineering")
                .Of("team.id", "payments")
                .Of("cost_center", "4711")
                .Of("user.name", "Mia M.")
                .Of("user.id", "u-1")
                .Of("deployment.environment.name", "prod")
        );

        context.UserId.ShouldBe("mia");
        context.Environment.ShouldBe("prod");
        context.Tags.ShouldBe(["cost_center:4711", "department:engineering", "team:payments"]);
        context.Metadata.GetValueOrDefault("member").ShouldBe("mia");
        context.Metadata.GetValueOrDefault("member_email").ShouldBe("mia@example.com");
        context.Metadata.GetValueOrDefault("user_name").ShouldBe("Mia M.");
        context.Metadata.GetValueOrDefault("department").ShouldBe("engineering");
        context.Metadata.GetValueOrDefault("team").ShouldBe("payments");
        context.Metadata.GetValueOrDefault("cost_center").ShouldBe("4711");
    }

    [Theory]
    [InlineData("member", "member.email", "user.id", "user.name", "enduser.id")]
    [InlineData("member.email", "user.id", "user.name", "enduser.id")]
    [InlineData("user.id", "user.name", "enduser.id")]
    [InlineData("user.name", "enduser.id")]
    [InlineData("enduser.id")]
    public void The_user_is_the_first_known_of_the_resource_before_anything_of_the_records(params string[] known)
    {
        var some = Turn(("user.email", "login@example.com"), ("user.account_uuid", "uuid"), ("user.id", Hash));
        foreach (var name in known)
        {
            some.Of(name, "by " + name);
        }

        Context(some).UserId.ShouldBe("by " + known[0]);
    }

    [Fact]
    public void A_login_counts_before_the_hash_of_the_installation()
    {
        Context(Turn(("user.email", "mia@example.com"), ("user.account_uuid", "uuid"), ("user.id", Hash)))
            .UserId.ShouldBe("mia@example.com");
        Context(Turn(("user.account_uuid", "uuid"), ("user.id", Hash))).UserId.ShouldBe("uuid");
        Context(Turn(("user.id", Hash))).UserId.ShouldBe(Hash);
    }

    [Fact]
    public void What_the_client_copied_from_the_resource_is_not_the_records_own()
    {
        var ofRecord = new Attribution(new AttributionOptions { UserId = "record:user.id" });

        Context(Turn(("user.id", "mia"), ("user.id", Hash)).Of("user.id", "mia"), ofRecord).UserId.ShouldBe(Hash);
        Context(Turn(("user.id", "mia")).Of("user.id", "mia"), ofRecord).UserId.ShouldBeNull();
        Context(Turn(("user.id", "mia"), ("user.id", Hash)).Of("user.id", "mia")).UserId.ShouldBe("mia");
    }

    [Fact]
    public void A_recording_with_the_attributes_of_a_login_shows_them()
    {
        var context = Derived(
            ("organization.id", "org-1"),
            ("user.account_uuid", "uuid-1"),
            ("user.account_id", "user_01A"),
            ("user.email", "mia@example.com"),
            ("anthropic.plan", "team"),
            ("anthropic.seat_type", "premium")
        );

        context.UserId.ShouldBe("mia@example.com");
        context.Metadata.GetValueOrDefault("organization_id").ShouldBe("org-1");
        context.Metadata.GetValueOrDefault("account_uuid").ShouldBe("uuid-1");
        context.Metadata.GetValueOrDefault("account_id").ShouldBe("user_01A");
        context.Metadata.GetValueOrDefault("user_email").ShouldBe("mia@example.com");
        context.Metadata.GetValueOrDefault("plan").ShouldBe("team");
        context.Metadata.GetValueOrDefault("seat_type").ShouldBe("premium");
    }

    [Fact]
    public void The_repository_is_found_though_the_first_events_lack_it()
    {
        var context = Context(
            new Some()
                .UserPrompt(0)
                .Request(
                    200,
                    100,
                    "r1",
                    ("vcs.repository.url.full", "https://github.com/acme/shop"),
                    ("vcs.owner.name", "acme"),
                    ("vcs.repository.name", "shop"),
                    ("vcs.provider.name", "github")
                )
        );

        context.Tags.ShouldBe(["repository:shop"]);
        context.Metadata.GetValueOrDefault("repository").ShouldBe("shop");
        context.Metadata.GetValueOrDefault("repository_owner").ShouldBe("acme");
        context.Metadata.GetValueOrDefault("repository_url").ShouldBe("https://github.com/acme/shop");
        context.Metadata.GetValueOrDefault("repository_provider").ShouldBe("github");
    }

    [Fact]
    public void Blank_values_are_no_values_and_others_lose_the_blanks_around_them()
    {
        var context = Context(
            Turn(("user.email", "\t")).Of("member", "   ").Of("member.email", " mia ").Of("department", " ").Of("team.id", "Zahlungen ä")
        );

        context.UserId.ShouldBe("mia");
        context.Tags.ShouldBe(["team:Zahlungen ä"]);
        context.Metadata.Keys.ShouldNotContain("department");
    }

    [Fact]
    public void The_lists_can_be_set()
    {
        var attribution = new Attribution(
            new AttributionOptions
            {
                UserId = "resource:employee, user.email",
                Tags = "squad=resource:squad, squad=team.id, host.name",
                Environment = "stage",
                Release = "service.version",
                Metadata = Attribution.None,
            }
        );
        var context = Context(
            Turn(("user.email", "mia@example.com"), ("squad", "copied"), ("host.name", "laptop"))
                .Of("team.id", "payments")
                .Of("stage", "test")
                .Of("service.version", "9"),
            attribution
        );

        context.UserId.ShouldBe("mia@example.com");
        context.Tags.ShouldBe(["host.name:laptop", "squad:payments"]);
        context.Environment.ShouldBe("test");
        context.Release.ShouldBe("9");
        context.Metadata.ShouldBeEmpty();
    }

    [Fact]
    public void One_record_alone_is_attributed_as_a_trace_is()
    {
        var found = Attribution.Default.Of(
            Attributes(("team.id", "payments"), ("user.id", "mia")),
            Attributes(("user.id", "mia"), ("user.id", Hash), ("vcs.repository.name", "shop"))
        );

        found.UserId.ShouldBe("mia");
        found.Tags.ShouldBe(new Dictionary<string, string> { ["repository"] = "shop", ["team"] = "payments" }, ignoreOrder: true);
        found.Environment.ShouldBeNull();
    }

    [Theory]
    [InlineData("a, a", "'a' stands there twice")]
    [InlineData("a,,b", "a comma too many")]
    [InlineData("a, None", "the empty list; it cannot stand beside others")]
    [InlineData("we ird", "no attribute name that can be used")]
    [InlineData("resource:", "no attribute name that can be used")]
    [InlineData("ke y=a", "has a key that cannot be used")]
    [InlineData("=a", "has a key that cannot be used")]
    [InlineData("a/b", "write KEY=a/b")]
    public void A_list_that_cannot_be_used_is_refused_with_the_entry_and_what_is_allowed(string tags, string sentence)
    {
        var result = new AttributionOptionsValidator().Validate(null, new AttributionOptions { Tags = tags });

        var problem = result.Failures.ShouldHaveSingleItem();
        problem.ShouldStartWith("ClaudeBridge:Attribution:Tags: ");
        problem.ShouldContain(sentence);
    }

    [Theory]
    [InlineData("none")]
    [InlineData(" NONE ")]
    [InlineData("")]
    public void None_is_the_empty_list(string tags)
    {
        var found = new Attribution(new AttributionOptions { Tags = tags }).Of(
            Attributes(("team.id", "payments"), ("NONE", "x")),
            Attributes()
        );

        found.Tags.ShouldBeEmpty();
    }

    [Fact]
    public void Keys_are_for_tags_and_metadata_alone_and_no_list_is_endless()
    {
        var result = new AttributionOptionsValidator().Validate(
            null,
            new AttributionOptions { UserId = "who=member", Metadata = string.Join(',', Enumerable.Range(0, 65).Select(i => $"a{i}")) }
        );

        result.Failures!.Count().ShouldBe(2);
        result.FailureMessage!.ShouldContain("'who=member' names a key");
        result.FailureMessage!.ShouldContain("65 entries; at most 64");
        new AttributionOptionsValidator().Validate(null, new AttributionOptions()).Succeeded.ShouldBeTrue();
    }

    private static Some Turn(params (string, object)[] attributes) => new Some().UserPrompt(0).Request(200, 100, "r1", attributes);

    private static TraceContext Context(Some some, Attribution? attribution = null)
    {
        var assembled = new Assembled(attribution);
        assembled.Add(some.Export());
        return assembled.All.Single().Context;
    }

    /// <summary>A real recording whose log records carry more attributes.</summary>
    private static TraceContext Derived(params (string Key, string Value)[] attributes)
    {
        var exports = Recording.Open("2.1.329-plain-answer-http-json").Requests.Select(static request => request.Decode()).ToList();
        foreach (
            var log in exports
                .SelectMany(static export => export.Logs?.ResourceLogs ?? [])
                .SelectMany(static group => group.ScopeLogs)
                .SelectMany(static scope => scope.LogRecords)
        )
        {
            log.Attributes.AddRange(List(attributes));
        }

        return Assembled.From(exports).All.First().Context;
    }

    private static Attributes Attributes(params (string Key, string Value)[] attributes) => new(List(attributes));

    private static RepeatedField<KeyValue> List((string Key, string Value)[] attributes) =>
        [
            .. attributes.Select(static pair => new KeyValue
            {
                Key = pair.Key,
                Value = new AnyValue { StringValue = pair.Value },
            }),
        ];
}
