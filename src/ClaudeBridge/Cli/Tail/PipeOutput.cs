using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ClaudeBridge.Cli.Tail;

/// <summary>The process's output where it is a pipe: .NET's own writer says nothing when the reader has gone, and a command without an end would never know.</summary>
internal static class PipeOutput
{
    private const int StandardOutput = 1;

    /// <returns>A writer that throws <see cref="IOException"/> when nobody reads any more; the terminal's own for anything but a pipe.</returns>
    public static TextWriter Of(Terminal terminal)
    {
        if (OperatingSystem.IsWindows() || !terminal.IsOutRedirected || !ReferenceEquals(terminal.Out, Console.Out))
        {
            return terminal.Out;
        }

        // The descriptor stays the process's.
        var stream = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (!stream.CanSeek)
        {
            return new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        }

        stream.Dispose();
        return terminal.Out;
    }
}
