using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ClaudeBridge.Cli;

namespace ClaudeBridge.Tests.Cli;

/// <summary>A command that runs until it is told to stop, with what it has printed so far.</summary>
internal sealed partial class BackgroundCommand : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly WatchedWriter _printed = new();
    private readonly StringWriter _copy;
    private readonly Task<int> _running;

    public BackgroundCommand(string[] args, StringWriter copy, Func<TextWriter, CommandServices> services)
    {
        _copy = copy;
        _running = Task.Run(() => CommandTree.InvokeAsync(args, services(_printed), _stop.Token));
    }

    public int ExitCode { get; private set; } = -1;

    /// <summary>The OTLP/HTTP port, once the command is ready.</summary>
    public async Task<int> PortAsync()
    {
        await LineAsync(Ready());
        return int.Parse(Port().Match(_printed.Text).Groups["port"].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The first line that fits, as soon as it is there; fails when the command ends before.</summary>
    public async Task<string> LineAsync(Regex line)
    {
        while (true)
        {
            var changed = _printed.Changed;
            if (line.Match(_printed.Text) is { Success: true } match)
            {
                return match.Value;
            }

            if (await Task.WhenAny(changed, _running).WaitAsync(Patience) == _running)
            {
                throw new InvalidOperationException($"The command ended with {await _running}: {_printed.Text}");
            }
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        ExitCode = await _running.WaitAsync(Patience);
        _copy.Write(_printed.Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Patience);
        _stop.Dispose();
    }

    [GeneratedRegex(@"^Ready\..*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Ready();

    [GeneratedRegex(@"OTLP/HTTP +http://127\.0\.0\.1:(?<port>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Port();

    /// <summary>A writer that tells when something was written.</summary>
    private sealed class WatchedWriter : TextWriter
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Encoding Encoding => Encoding.UTF8;

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return _text.ToString();
                }
            }
        }

        public Task Changed
        {
            get
            {
                lock (_lock)
                {
                    return _changed.Task;
                }
            }
        }

        public override void Write(char value) => Write(value.ToString());

        public override void Write(string? value)
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _text.Append(value);
                changed = _changed;
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }

        public override void WriteLine(string? value) => Write(value + "\n");

        public override Task WriteAsync(string? value)
        {
            Write(value);
            return Task.CompletedTask;
        }

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }
    }
}
