using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClaudeBridge.Dashboard.Html;

/// <summary>A part of a page that writes itself.</summary>
internal delegate void Fragment(HtmlWriter html);

/// <summary>A value with a form of its own on a page.</summary>
internal interface IHtml
{
    void WriteTo(HtmlWriter html);
}

/// <summary>
/// Writes a page. What stands in the program's text is markup; what stands in a hole is escaped, as text and as a quoted attribute alike.
/// There is no way to write a value as it is, so nothing that was received can become markup.
/// </summary>
internal sealed class HtmlWriter
{
    /// <summary>What markup is made of, and control characters, which no page may hold.</summary>
    private static readonly SearchValues<char> Special = SearchValues.Create(
        "&<>\"'\u007f"
            + string.Concat(
                Enumerable.Range(0, 32).Where(static code => code is not ('\t' or '\n' or '\r')).Select(static code => (char)code)
            )
            + string.Concat(Enumerable.Range(128, 32).Select(static code => (char)code))
    );

    private readonly ArrayBufferWriter<byte> _bytes = new(32 * 1024);

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>The compiler has written all parts of the text by the time this is called.</summary>
    public HtmlWriter Write([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    private void Raw(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _bytes);

    private void Escape(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOfAny(Special)) >= 0; text = text[(at + 1)..])
        {
            Raw(text[..at]);
            Raw(
                text[at] switch
                {
                    '&' => "&amp;",
                    '<' => "&lt;",
                    '>' => "&gt;",
                    '"' => "&quot;",
                    '\'' => "&#39;",
                    _ => "\uFFFD",
                }
            );
        }

        Raw(text);
    }

    /// <summary>Takes the literal parts as markup and the holes as values. Made by the compiler, from an interpolated string alone.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly HtmlWriter _html;

        /// <param name="literalLength">Told by the compiler, as are the holes; the page's buffer grows by itself.</param>
        public Markup(int literalLength, int holes, HtmlWriter html) => _html = html;

        public void AppendLiteral(string markup) => _html.Raw(markup);

        public void AppendFormatted(string? text) => _html.Escape(text);

        public void AppendFormatted(long number)
        {
            Span<char> digits = stackalloc char[20];
            _ = number.TryFormat(digits, out var length);
            _html.Raw(digits[..length]);
        }

        public void AppendFormatted(Fragment? fragment) => fragment?.Invoke(_html);

        public void AppendFormatted<T>(T value)
            where T : struct, IHtml => value.WriteTo(_html);
    }
}
