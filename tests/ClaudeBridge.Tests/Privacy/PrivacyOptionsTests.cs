using ClaudeBridge.Privacy;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>What is said at the start of rules and patterns that cannot be used.</summary>
public sealed class PrivacyOptionsTests
{
    [Theory]
    [InlineData("keep")]
    [InlineData("Drop")]
    [InlineData(" hash ")]
    [InlineData("truncate(1)")]
    [InlineData("truncate( 102400 )")]
    public void A_rule_may_be_written_so(string rule) => Problems(new PrivacyOptions { Prompt = rule }).ShouldBeEmpty();

    [Theory]
    [InlineData("kep")]
    [InlineData("")]
    [InlineData("truncate")]
    [InlineData("truncate()")]
    [InlineData("truncate(0)")]
    [InlineData("truncate(-1)")]
    [InlineData("truncate(102401)")]
    [InlineData("truncate(10")]
    [InlineData("hash(10)")]
    public void Any_other_is_refused_with_what_may_stand_there(string rule) =>
        Problems(new PrivacyOptions { ToolInput = rule })
            .ShouldHaveSingleItem()
            .ShouldBe(
                $"ClaudeBridge:Privacy:ToolInput is '{rule}': it must be keep, truncate(n) with n from 1 to 102400 (MaxLength), hash or drop."
            );

    [Theory]
    [InlineData("(", "ClaudeBridge:Privacy:SecretPatterns:1 is not a regular expression: ")]
    [InlineData("a(?=b)", "uses look-around")]
    [InlineData(@"(a)\1", "uses look-around, a back reference")]
    [InlineData("x*", "matches the empty text")]
    [InlineData("", "is empty")]
    public void A_pattern_that_cannot_be_used_is_refused(string pattern, string said) =>
        Problems(new PrivacyOptions { SecretPatterns = ["ACME-[0-9]+", pattern] }).ShouldHaveSingleItem().ShouldContain(said);

    private static IReadOnlyList<string> Problems(PrivacyOptions options) =>
        [.. new PrivacyOptionsRules().Validate(null, options).Failures ?? []];
}
