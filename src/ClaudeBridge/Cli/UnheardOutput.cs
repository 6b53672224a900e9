using System.Text;

namespace ClaudeBridge.Cli;

/// <summary>Output that nobody may hear: on a closed terminal, a full disk or a broken pipe, what is written is lost and the program goes on.</summary>
internal sealed class UnheardOutput(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // There is nobody left to tell.
        }
    }
}
