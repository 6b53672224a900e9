using System.ComponentModel.DataAnnotations;
using ClaudeBridge.ClaudeCode;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Privacy;

/// <summary>
/// What is kept of the contents that clients send. Each field is <c>keep</c> (up to <see cref="MaxLength"/>), <c>truncate(n)</c> (n characters at most),
/// <c>hash</c> (only a fingerprint of the text) or <c>drop</c>.
/// </summary>
internal sealed class PrivacyOptions
{
    public const string Section = "ClaudeBridge:Privacy";

    /// <summary>What a person typed. Default: keep.</summary>
    public string Prompt { get; set; } = "keep";

    /// <summary>What the model answered. Default: keep.</summary>
    public string Response { get; set; } = "keep";

    /// <summary>What tools were called with, paths and commands among it. Default: keep.</summary>
    public string ToolInput { get; set; } = "keep";

    /// <summary>What tools gave back, their error messages among it. Default: keep.</summary>
    public string ToolOutput { get; set; } = "keep";

    /// <summary>
    /// Raw API bodies, system prompts, tool definitions, dumps of the context. What repeats a conversation follows the strictest of all fields
    /// but <see cref="Email"/>. Default: keep.
    /// </summary>
    public string Bodies { get; set; } = "keep";

    /// <summary>E-mail addresses: attributes that are one, and, with hash or drop, those in every text. Default: keep.</summary>
    public string Email { get; set; } = "keep";

    /// <summary>Paths of files and folders in attributes of their own and in the properties of tool inputs. Default: keep.</summary>
    public string Paths { get; set; } = "keep";

    /// <summary>Shell commands, hook commands, command lines. Default: keep.</summary>
    public string Commands { get; set; } = "keep";

    /// <summary>The longest text that is kept of any attribute, in characters; the rest is cut off and its length told. Default: 102 400.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxLength { get; set; } = 102_400;

    /// <summary>A secret that goes into every hash, so that nobody without it can find a text by trying. Default: none, plain SHA-256.</summary>
    public string? HashKey { get; set; }

    /// <summary>Replace keys, tokens and passwords by <c>[masked:KIND]</c> wherever they stand. Default: true.</summary>
    public bool MaskSecrets { get; set; } = true;

    /// <summary>Regular expressions (.NET, without look-around and back references) of further secrets, masked as <c>[masked:custom]</c>. Default: none.</summary>
    public IList<string> SecretPatterns { get; set; } = [];

    internal IEnumerable<(string Name, ContentClass Class, string? Value)> Fields =>
        [
            (nameof(Prompt), ContentClass.Prompt, Prompt),
            (nameof(Response), ContentClass.Response, Response),
            (nameof(ToolInput), ContentClass.ToolInput, ToolInput),
            (nameof(ToolOutput), ContentClass.ToolOutput, ToolOutput),
            (nameof(Bodies), ContentClass.Bodies, Bodies),
            (nameof(Email), ContentClass.Email, Email),
            (nameof(Paths), ContentClass.Paths, Paths),
            (nameof(Commands), ContentClass.Commands, Commands),
        ];
}

/// <summary>The ranges on the properties.</summary>
[OptionsValidator]
internal sealed partial class PrivacyOptionsRanges : IValidateOptions<PrivacyOptions>;

/// <summary>Whether rules and patterns can be read. Finds every problem, not the first.</summary>
internal sealed class PrivacyOptionsRules : IValidateOptions<PrivacyOptions>
{
    public ValidateOptionsResult Validate(string? name, PrivacyOptions options)
    {
        var problems = options
            .Fields.Where(field => !ContentRule.TryParse(field.Value, options.MaxLength, out _))
            .Select(field =>
                $"{PrivacyOptions.Section}:{field.Name} is '{field.Value}': it must be keep, truncate(n) with n from 1 to {options.MaxLength} ({nameof(PrivacyOptions.MaxLength)}), hash or drop."
            )
            .Concat(options.SecretPatterns.Select(Problem).OfType<string>())
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string? Problem(string pattern, int index)
    {
        var key = $"{PrivacyOptions.Section}:{nameof(PrivacyOptions.SecretPatterns)}:{index}";
        try
        {
            return string.IsNullOrEmpty(pattern) ? $"{key} is empty: it must be a regular expression."
                : SecretPatterns.Custom(pattern).IsMatch("") ? $"{key} matches the empty text, so it would match everywhere."
                : null;
        }
        catch (NotSupportedException)
        {
            return $"{key} uses look-around, a back reference or an atomic group: these are not supported, because they can take for ever.";
        }
        catch (ArgumentException wrong)
        {
            return $"{key} is not a regular expression: {wrong.Message}";
        }
    }
}
