using System.Buffers;
using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Otlp.Tests.Rpc;

public sealed class GrpcFramingTests
{
    [Fact]
    public void A_frame_is_a_flag_a_big_endian_length_and_the_message()
    {
        GrpcFraming.Frame([7, 8]).ShouldBe([0, 0, 0, 0, 2, 7, 8]);
        GrpcFraming.Frame([]).ShouldBe(new byte[5]);

        GrpcFraming.TryReadPrefix([1, 0x01, 0x02, 0x03, 0x04, 9], out var prefix).ShouldBeTrue();
        prefix.ShouldBe(new GrpcPrefix(true, 0x01020304));
        GrpcFraming.TryReadPrefix([0, 0xFF, 0xFF, 0xFF, 0xFF], out prefix).ShouldBeTrue();
        prefix.ShouldBe(new GrpcPrefix(false, uint.MaxValue));
    }

    [Fact]
    public void A_short_prefix_or_another_flag_is_refused()
    {
        GrpcFraming.TryReadPrefix([0, 0, 0, 0], out _).ShouldBeFalse();
        GrpcFraming.TryReadPrefix([2, 0, 0, 0, 0], out _).ShouldBeFalse();
        GrpcFraming.TryReadPrefix(ReadOnlySequence<byte>.Empty, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_prefix_may_lie_in_several_pieces()
    {
        var first = new Piece(new byte[] { 1, 0 }, null);
        var last = new Piece(new byte[] { 0, 1, 2, 3 }, first);

        GrpcFraming.TryReadPrefix(new ReadOnlySequence<byte>(first, 0, last, 4), out var prefix).ShouldBeTrue();

        prefix.ShouldBe(new GrpcPrefix(true, 0x000102));
    }

    [Theory]
    [InlineData("plain text, all of it: !~", "plain text, all of it: !~")]
    [InlineData("100% ä\r\n\u007f\U0001F600", "100%25 %C3%A4%0D%0A%7F%F0%9F%98%80")]
    [InlineData("", "")]
    public void A_message_is_percent_encoded(string message, string expected) => GrpcFraming.EncodeMessage(message).ShouldBe(expected);

    [Theory, InlineData(new byte[0], ""), InlineData(new byte[] { 1 }, "AQ"), InlineData(new byte[] { 251, 255 }, "+/8")]
    public void Binary_values_are_base64_without_padding(byte[] value, string expected) =>
        GrpcFraming.EncodeBinary(value).ShouldBe(expected);

    [Theory]
    [InlineData("1H", 36_000_000_000), InlineData("2M", 1_200_000_000), InlineData("3S", 30_000_000), InlineData("100m", 1_000_000)]
    [InlineData("10u", 100), InlineData("250n", 2), InlineData("99999999S", 999_999_990_000_000), InlineData("0S", 0)]
    public void A_timeout_has_digits_and_a_unit(string header, long ticks)
    {
        GrpcFraming.TryParseTimeout(header, out var timeout).ShouldBeTrue();
        timeout.Ticks.ShouldBe(ticks);
    }

    [Fact]
    public void The_longest_timeout_does_not_overflow()
    {
        GrpcFraming.TryParseTimeout("99999999H", out var timeout).ShouldBeTrue();
        timeout.TotalHours.ShouldBe(99_999_999);
    }

    [
        Theory,
        InlineData(""),
        InlineData("S"),
        InlineData("1"),
        InlineData("1s"),
        InlineData("-1S"),
        InlineData("100000000S"),
        InlineData("1.5S"),
        InlineData(" 1S")
    ]
    public void Another_form_of_timeout_is_refused(string header) => GrpcFraming.TryParseTimeout(header, out _).ShouldBeFalse();

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
