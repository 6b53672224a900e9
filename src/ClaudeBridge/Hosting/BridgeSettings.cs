using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>Where settings come from.</summary>
internal static class BridgeSettings
{
    private const string FileName = "appsettings.json";

    /// <summary>
    /// Each over the one before: <c>appsettings.json</c> beside the program, <c>appsettings.ENVIRONMENT.json</c> beside it (<c>DOTNET_ENVIRONMENT</c>, else Production),
    /// <c>appsettings.json</c> in <paramref name="folder"/>, the short environment variables, <c>ClaudeBridge__…</c>, then <paramref name="overrides"/>. No file is watched.
    /// </summary>
    /// <exception cref="StartupException">A file is not JSON or cannot be read: now, or when the configuration is built.</exception>
    public static IConfigurationBuilder AddBridgeSettings(
        this IConfigurationBuilder configuration,
        string folder,
        IEnumerable<KeyValuePair<string, string?>>? overrides = null
    )
    {
        var environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") is { Length: > 0 } named ? named : "Production";
        string[] files =
        [
            Path.Combine(AppContext.BaseDirectory, FileName),
            Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json"),
            Path.Combine(Path.GetFullPath(folder), FileName),
        ];
        foreach (var file in files.Distinct(StringComparer.Ordinal))
        {
            if (Directory.Exists(file))
            {
                // Left alone it would count as no file at all, and its settings as not set.
                throw new StartupException($"The settings file {file} is a folder.", StartupException.WrongConfiguration);
            }

            configuration.AddJsonFile(source =>
            {
                source.Path = file;
                source.Optional = true;
                source.ReloadOnChange = false;
                source.OnLoadException = failed => throw Unreadable(file, failed.Exception);
                source.ResolveFileProvider();
            });
        }

        configuration.AddReceiverAliases(Environment.GetEnvironmentVariable).AddEnvironmentVariables();
        return configuration.Add(new MemoryConfigurationSource { InitialData = overrides ?? [] });
    }

    /// <summary>The same for a host, and judged: what is wrong is told by <see cref="StartupChecks"/> together with what validators find.</summary>
    public static void AddJudgedSettings(
        this IHostApplicationBuilder builder,
        string folder,
        IEnumerable<KeyValuePair<string, string?>>? overrides = null
    )
    {
        builder.Configuration.AddBridgeSettings(folder, overrides);
        MemoryPlan.OfThisProcess.FitDefaults((ConfigurationManager)builder.Configuration);
        builder.Services.AddSingleton(SettingsJudge.Judge((ConfigurationManager)builder.Configuration));
    }

    /// <summary>Whether a value was read from the file beside the program.</summary>
    public static bool CameWithTheProgram(IConfigurationProvider provider) =>
        provider is JsonConfigurationProvider { Source: { Path: { } path, FileProvider: { } files } }
        && files.GetFileInfo(path).PhysicalPath == Path.Combine(AppContext.BaseDirectory, FileName);

    private static StartupException Unreadable(string file, Exception failure)
    {
        var innermost = failure.GetBaseException();
        var problem = innermost switch
        {
            JsonException { LineNumber: { } line, BytePositionInLine: { } position } =>
                $"is not JSON: line {line + 1}, position {position + 1}. {Reason(innermost.Message)}",
            FormatException => $"cannot be used: {innermost.Message}",
            _ => $"cannot be read: {innermost.Message}",
        };
        return new($"The settings file {file} {problem}", StartupException.WrongConfiguration, failure);
    }

    /// <summary>The reader's sentence without the place, which stands before it already.</summary>
    private static string Reason(string message)
    {
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }
}
