using System.Text;
using ClaudeBridge.Dashboard.Html;

namespace ClaudeBridge.Tests.Dashboard;

public sealed class HtmlWriterTests
{
    [Fact]
    public void What_stands_in_a_hole_is_text_and_what_stands_around_it_is_markup()
    {
        var text = "<script>alert(\"x\") & 'y'</script>";

        Written(html => html.Write($"<p>{text}</p>"))
            .ShouldBe("<p>&lt;script&gt;alert(&quot;x&quot;) &amp; &#39;y&#39;&lt;/script&gt;</p>");
    }

    [Fact]
    public void A_quoted_attribute_cannot_be_left()
    {
        var text = "\" onload=\"x' autofocus='";

        Written(html => html.Write($"<a title=\"{text}\">")).ShouldBe("<a title=\"&quot; onload=&quot;x&#39; autofocus=&#39;\">");
    }

    [Fact]
    public void Characters_that_no_page_may_hold_are_replaced()
    {
        Written(html => html.Write($"{"a\0b\u001bc\u0085d\te\nf"}")).ShouldBe("a\uFFFDb\uFFFDc\uFFFDd\te\nf");
        Written(html => html.Write($"{"half \ud83d of a pair"}")).ShouldBe("half \uFFFD of a pair");
        Written(html => html.Write($"{"whole 😀"}")).ShouldBe("whole 😀");
    }

    [Fact]
    public void Fragments_and_values_write_themselves_in_their_place()
    {
        Fragment inner = html => html.Write($"<b>{"<"}</b>");

        Written(html => html.Write($"[{inner}|{(Fragment?)null}|{(string?)null}|{12}|{new Foreign("<x>")}]"))
            .ShouldBe("[<b>&lt;</b>|||12|<bdi>&lt;x&gt;</bdi>]");
    }

    [Theory]
    [InlineData(0, "$0")]
    [InlineData(30, "<$0.0001")]
    [InlineData(68_830, "$0.0688")]
    [InlineData(157_000, "$0.1570")]
    [InlineData(1_000, "$0.0010")]
    [InlineData(999_960, "$1.00")]
    [InlineData(1_234_560, "$1.23")]
    [InlineData(-2_500_000, "-$2.50")]
    [InlineData(123_456_789_000, "$123,457")]
    public void Money_is_never_nothing_when_something_was_paid(long micros, string text) => Format.Money(micros).ShouldBe(text);

    [Theory]
    [InlineData(0, 900, "0")]
    [InlineData(450, 900, "450 ms")]
    [InlineData(486, 1_900, "0.5 s")]
    [InlineData(60_000, 80_000, "60 s")]
    [InlineData(90_000, 600_000, "1.5 min")]
    [InlineData(5_400_000, 10_800_000, "1.5 h")]
    public void Marks_of_one_axis_are_in_one_unit(int mark, int whole, string text) =>
        Format.Mark(TimeSpan.FromMilliseconds(mark), TimeSpan.FromMilliseconds(whole)).ShouldBe(text);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(12_800, "12.8k")]
    [InlineData(999_949, "999.9k")]
    [InlineData(999_950, "1.0M")]
    [InlineData(3_400_000_000, "3.4B")]
    public void Numbers_are_short_and_never_round_into_the_next_unit(long number, string text) => Format.Short(number).ShouldBe(text);

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(999.6, "1.0 s")]
    [InlineData(3_599_999, "59 min 59 s")]
    [InlineData(7_260_000, "2 h 01 min")]
    public void Durations_have_one_unit_or_two(double milliseconds, string text) =>
        Format.Length(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);

    [Fact]
    public void The_exact_number_stands_beside_the_short_one()
    {
        Written(html => html.Write($"{new Number(12_840)}")).ShouldBe("<data value=\"12840\" title=\"12,840\">12.8k</data>");
        Written(html => html.Write($"{new Money(68_830, "0.06883")}"))
            .ShouldBe("<data value=\"0.06883\" title=\"$0.06883, the client's estimate\">$0.0688</data>");
    }

    [Fact]
    public void A_text_is_never_cut_within_a_character() => Format.Cut("ab😀cd", 3).ShouldBe("ab…");

    private static string Written(Fragment write)
    {
        var html = new HtmlWriter();
        write(html);
        return Encoding.UTF8.GetString(html.Written.Span);
    }
}
