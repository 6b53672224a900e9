using System.Text;

namespace ClaudeBridge.Otlp;

/// <summary>A place in an export request: <c>resourceLogs[0].scopeLogs[2].logRecords[7]</c>. An index below zero means: not inside one.</summary>
internal sealed class ExportPath(Signal signal)
{
    public int Resource { get; set; } = -1;

    public int Scope { get; set; } = -1;

    /// <summary>The log record, span or metric.</summary>
    public int Record { get; set; } = -1;

    /// <summary>The data point of a metric.</summary>
    public int Point { get; set; } = -1;

    /// <summary>The path to a field of the current message; to the message itself when <paramref name="field"/> is empty.</summary>
    public string To(string field)
    {
        var (resources, scopes, records) = signal switch
        {
            Signal.Logs => ("resourceLogs", "scopeLogs", "logRecords"),
            Signal.Traces => ("resourceSpans", "scopeSpans", "spans"),
            _ => ("resourceMetrics", "scopeMetrics", "metrics"),
        };
        var path = new StringBuilder();
        Append(path, resources, Resource);
        Append(path, scopes, Scope);
        Append(path, records, Record);
        Append(path, "dataPoints", Point);
        if (field.Length > 0)
        {
            path.Append(path.Length > 0 ? "." : "").Append(field);
        }

        return path.ToString();
    }

    public override string ToString() => To("");

    private static void Append(StringBuilder path, string name, int index)
    {
        if (index >= 0)
        {
            path.Append(path.Length > 0 ? "." : "").Append(name).Append('[').Append(index).Append(']');
        }
    }
}
