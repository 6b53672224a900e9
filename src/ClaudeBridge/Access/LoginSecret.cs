using System.Security.Cryptography;

namespace ClaudeBridge.Access;

/// <summary>What login tokens are signed with: random, made on first use, kept in the data folder so that logins outlive a restart. Deleting the file ends all logins.</summary>
internal sealed partial class LoginSecret
{
    public const string FileName = "login.key";

    private const int Length = 32;

    private readonly Lazy<byte[]> _secret;
    private readonly ILogger _log;

    public LoginSecret(IHostEnvironment environment, ILogger<LoginSecret> log)
    {
        _log = log;
        // The content root is the data folder.
        _secret = new(() => ReadOrMake(Path.Combine(environment.ContentRootPath, FileName)));
    }

    public ReadOnlySpan<byte> Value => _secret.Value;

    private byte[] ReadOrMake(string file)
    {
        var made = RandomNumberGenerator.GetBytes(Length);
        try
        {
            if (Read(file) is { } kept)
            {
                return kept;
            }

            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(file + ".new", options))
            {
                stream.Write(made);
            }

            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotKept(failure.Message);
        }

        return made;
    }

    /// <summary>Null when there is none, or one that was cut.</summary>
    private static byte[]? Read(string file) => File.Exists(file) && File.ReadAllBytes(file) is { Length: Length } kept ? kept : null;

    [LoggerMessage(
        LogLevel.Warning,
        "The secret of logins cannot be kept in the data folder ({Cause}); people have to log in again after a restart."
    )]
    private partial void LogNotKept(string cause);
}
