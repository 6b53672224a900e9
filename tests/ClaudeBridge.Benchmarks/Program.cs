using System.CommandLine;
using ClaudeBridge.Benchmarks;
using ClaudeBridge.Benchmarks.Verbs;

var root = new RootCommand("Measures ClaudeBridge, or any other OTLP endpoint. See README.md beside the project for one line a figure.")
{
    LoadVerb.Create(),
    SinkVerb.Create(),
    MeasureVerb.Create(),
    LangfuseVerb.Create(),
    InProcessVerbs.Decode(),
    InProcessVerbs.Assemble(),
    InProcessVerbs.Store(),
    DatasetVerb.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (BenchmarkException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 2;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Interrupted.");
    return 130;
}
