using Spectre.Console;

namespace ClaudeBridge.Cli;

/// <summary>The two streams a command speaks on: results on <see cref="Out"/>, everything about them on <see cref="Error"/>.</summary>
/// <remarks>Redirected streams get plain text: no colours, no cursor movement, and a width at which nothing is cut.</remarks>
internal sealed class Terminal
{
    /// <summary>Columns for text that goes into a file or a pipe.</summary>
    private const int RedirectedWidth = 200;

    private Terminal(TextWriter output, TextWriter error, bool isOutRedirected, bool isErrorRedirected, int? width)
    {
        Out = output;
        Error = error;
        IsOutRedirected = isOutRedirected;
        IsErrorRedirected = isErrorRedirected;
        OutConsole = Console(output, isOutRedirected, width);
        ErrorConsole = Console(error, isErrorRedirected, width);
    }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public bool IsOutRedirected { get; }

    public bool IsErrorRedirected { get; }

    public IAnsiConsole OutConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() =>
        new(
            System.Console.Out,
            new UnheardOutput(System.Console.Error),
            System.Console.IsOutputRedirected,
            System.Console.IsErrorRedirected,
            width: null
        );

    /// <summary>Any two writers, treated as redirected unless a width is given.</summary>
    public static Terminal Over(TextWriter output, TextWriter error, int? width = null) =>
        new(output, error, isOutRedirected: width is null, isErrorRedirected: true, width);

    private static IAnsiConsole Console(TextWriter writer, bool isRedirected, int? width)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) };
        if (isRedirected || width is not null)
        {
            settings.Ansi = AnsiSupport.No;
            settings.ColorSystem = ColorSystemSupport.NoColors;
            settings.Interactive = InteractionSupport.No;
        }

        var console = AnsiConsole.Create(settings);
        console.Profile.Capabilities.Unicode = writer.Encoding is System.Text.UTF8Encoding or System.Text.UnicodeEncoding;
        if (isRedirected || width is not null)
        {
            console.Profile.Width = width ?? RedirectedWidth;
        }

        return console;
    }
}
