using ClaudeBridge.Cli;

using var signals = new TerminationSignals();
return await CommandTree.InvokeAsync(args, new CommandServices(Terminal.OfProcess(), TimeProvider.System), signals.Token);
