using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>OTLP attributes from plain values.</summary>
internal static class Otel
{
    public static KeyValue Of(string key, object value) =>
        new()
        {
            Key = key,
            Value = value switch
            {
                string text => new AnyValue { StringValue = text },
                long number => new AnyValue { IntValue = number },
                int number => new AnyValue { IntValue = number },
                double number => new AnyValue { DoubleValue = number },
                bool truth => new AnyValue { BoolValue = truth },
                _ => throw new ArgumentException($"No OTLP value for {value.GetType()}.", nameof(value)),
            },
        };

    /// <summary>Leaves out what has no value.</summary>
    public static IEnumerable<KeyValue> All(params IEnumerable<(string Key, object? Value)> values) =>
        values.Where(static one => one.Value is not null).Select(static one => Of(one.Key, one.Value!));

    public static ulong Nanos(DateTimeOffset time) => (ulong)time.ToUnixTimeMilliseconds() * 1_000_000;
}
