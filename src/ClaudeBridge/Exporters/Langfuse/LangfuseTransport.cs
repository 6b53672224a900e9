namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>How traces go to Langfuse.</summary>
public enum LangfuseTransport
{
    /// <summary>As the server's version asks for: OTLP from 3.22 on, the ingestion API before.</summary>
    Auto,

    /// <summary>OTLP, whatever the server says of itself.</summary>
    Otlp,

    /// <summary>The ingestion API that came before OTLP, whatever the server says of itself.</summary>
    Legacy,
}
