using System.CommandLine;
using System.CommandLine.Help;
using ClaudeBridge.Cli.Queue;
using ClaudeBridge.Hosting;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary>All commands, and the one way in: parse, run, and turn whatever goes wrong into one sentence and an exit code.</summary>
internal static class CommandTree
{
    private const string Description =
        "ClaudeBridge takes the OpenTelemetry that Claude Code sends, builds a trace tree of every turn, keeps it, and delivers it to Langfuse. "
        + "Without a command it runs the bridge, as 'run' does.";

    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, CommandServices services, CancellationToken cancel)
    {
        var common = new CommonOptions();
        var root = Build(common, services);
        var parsed = root.Parse(args);
        var error = services.Terminal.Error;
        if (parsed.Errors.Count > 0)
        {
            var command = PathOf(parsed);
            await error.WriteLineAsync($"claudebridge: {parsed.Errors[0].Message.TrimEnd('.')}. See '{command} --help'.");
            return ExitCode.Usage;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = services.Terminal.Out,
                Error = error,
                EnableDefaultExceptionHandler = false,
                // TerminationSignals does this, for all commands alike.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancel);
        }
        catch (CommandFailure failure)
        {
            await error.WriteLineAsync("claudebridge: " + failure.Message);
            await WriteTraceAsync(failure.InnerException);
            return failure.ExitCode;
        }
        catch (StartupException failure)
        {
            await error.WriteLineAsync("claudebridge: " + failure.Message);
            await WriteTraceAsync(failure.InnerException);
            return failure.ExitCode;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or AmbiguousIdException)
        {
            await error.WriteLineAsync("claudebridge: " + failure.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await error.WriteLineAsync("claudebridge: Interrupted before it was done.");
            return ExitCode.Interrupted;
        }
        // The last stop: a person reads one sentence, and asks for the trace when it is needed.
        catch (Exception unexpected)
        {
            var hint = parsed.GetValue(common.Verbose) ? "" : " Run it again with --verbose to see where.";
            await error.WriteLineAsync($"claudebridge: {OneSentence(unexpected)}{hint}");
            await WriteTraceAsync(unexpected);
            return ExitCode.Failed;
        }

        async Task WriteTraceAsync(Exception? exception)
        {
            if (exception is not null && parsed.GetValue(common.Verbose))
            {
                await error.WriteLineAsync(exception.ToString());
            }
        }
    }

    public static RootCommand Build(CommonOptions common, CommandServices services)
    {
        var run = RunCommand.Create(common, services);
        var replay = ReplayCommand.Create(common, services);
        var record = RecordCommand.Create(common, services);
        var sessions = SessionsCommand.Create(common, services);
        var show = ShowCommand.Create(common, services);
        var report = ReportCommand.Create(common, services);
        var key = KeyCommand.Create(common, services);
        var tail = TailCommand.Create(common, services);
        var healthcheck = HealthcheckCommand.Create(common, services);
        var examples = new Dictionary<Command, string[]>();
        var queue = QueueCommand.Create(common, services, examples);
        var root = new RootCommand(Description)
        {
            common.Data,
            common.Verbose,
            run,
            replay,
            record,
            sessions,
            show,
            report,
            tail,
            queue,
            key,
            healthcheck,
        };
        root.Action = run.Action;
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples(
            (HelpAction)help.Action!,
            new Dictionary<Command, string[]>(examples)
            {
                [root] = RunCommand.Examples,
                [run] = RunCommand.Examples,
                [replay] = ReplayCommand.Examples,
                [record] = RecordCommand.Examples,
                [sessions] = SessionsCommand.Examples,
                [show] = ShowCommand.Examples,
                [report] = ReportCommand.Examples,
                [tail] = TailCommand.Examples,
                [key] = KeyCommand.Examples,
                [healthcheck] = HealthcheckCommand.Examples,
            }
        );
        return root;
    }

    private static string PathOf(ParseResult parsed) => PathOf(parsed.CommandResult.Command);

    private static string PathOf(Command command) =>
        command is RootCommand ? "claudebridge" : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static string OneSentence(Exception exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ").Trim();
        return text.EndsWith('.') ? text : text + ".";
    }
}
