namespace ClaudeBridge.Benchmarks;

/// <summary>A run cannot go on; the message is what a person reads.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
