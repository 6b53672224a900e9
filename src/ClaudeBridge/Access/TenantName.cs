namespace ClaudeBridge.Access;

/// <summary>What a tenant may be called: it stands in keys of the store, in addresses and in tags.</summary>
internal static class TenantName
{
    public const int MaxLength = 64;

    public const string Form = "1 to 64 of a-z, 0-9, dot, underscore and hyphen";

    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength }
        && name.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '_' or '-');
}
