using ClaudeBridge.Cli;

using var signals = new TerminationSignals();
var services = new CommandServices(Terminal.OfProcess(), TimeProvider.System)
{
    OpenStore = static folder => throw new CommandFailure($"There is no store in {folder} yet."),
};
return await CommandTree.InvokeAsync(args, services, signals.Token);
