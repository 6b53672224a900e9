namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Every name that Langfuse reads, in one place. https://langfuse.com/integrations/native/opentelemetry#property-mapping</summary>
internal static class LangfuseNames
{
    public const string TracesPath = "api/public/otel/v1/traces";
    public const string IngestionPath = "api/public/ingestion";
    public const string HealthPath = "api/public/health";
    public const string ProjectsPath = "api/public/projects";

    public const string IngestionVersionHeader = "x-langfuse-ingestion-version";
    public const string SdkNameHeader = "x-langfuse-sdk-name";
    public const string SdkVersionHeader = "x-langfuse-sdk-version";

    /// <summary>The path that shows spans at once; servers that do not know it ignore it, higher values are refused.</summary>
    public const string IngestionVersion = "4";

    public const string SessionId = "langfuse.session.id";
    public const string UserId = "langfuse.user.id";
    public const string TraceName = "langfuse.trace.name";
    public const string TraceTags = "langfuse.trace.tags";
    public const string TraceMetadataPrefix = "langfuse.trace.metadata.";
    public const string TraceInput = "langfuse.trace.input";
    public const string TraceOutput = "langfuse.trace.output";
    public const string Environment = "langfuse.environment";
    public const string Version = "langfuse.version";
    public const string Release = "langfuse.release";

    public const string Type = "langfuse.observation.type";
    public const string Level = "langfuse.observation.level";
    public const string StatusMessage = "langfuse.observation.status_message";
    public const string Input = "langfuse.observation.input";
    public const string Output = "langfuse.observation.output";
    public const string MetadataPrefix = "langfuse.observation.metadata.";
    public const string Model = "langfuse.observation.model.name";
    public const string ModelParameters = "langfuse.observation.model.parameters";
    public const string Usage = "langfuse.observation.usage_details";
    public const string Cost = "langfuse.observation.cost_details";
    public const string CompletionStart = "langfuse.observation.completion_start_time";

    public const string UsageInput = "input";
    public const string UsageOutput = "output";
    public const string UsageCacheRead = "input_cached_tokens";
    public const string UsageCacheCreation = "input_cache_creation";
    public const string UsageCacheCreation5m = "input_cache_creation_5m";
    public const string UsageCacheCreation1h = "input_cache_creation_1h";
    public const string CostTotal = "total";

    /// <summary>https://opentelemetry.io/docs/specs/semconv/gen-ai/</summary>
    public const string GenAiOperation = "gen_ai.operation.name";
    public const string GenAiProvider = "gen_ai.provider.name";
    public const string GenAiRequestModel = "gen_ai.request.model";
    public const string GenAiToolName = "gen_ai.tool.name";
}
