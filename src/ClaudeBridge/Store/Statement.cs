using ClaudeBridge.Otlp;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>A prepared SQL statement that is used many times. Parameters are numbered from 1, columns from 0. Not thread-safe.</summary>
/// <remarks>Speaks to SQLite directly: a <see cref="SqliteCommand"/> looks every parameter up by name and boxes its value, which costs more than the insert itself.</remarks>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    /// <exception cref="SqliteException">The statement cannot be prepared.</exception>
    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, long? value) => value is { } number ? Bind(parameter, number) : BindNull(parameter);

    public Statement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            return BindNull(parameter);
        }

        Check(raw.sqlite3_bind_text(_statement, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return Bind(parameter, bytes);
    }

    public Statement BindNull(int parameter)
    {
        Check(raw.sqlite3_bind_null(_statement, parameter));
        return this;
    }

    /// <summary>Goes to the next row. At the end, and after a failure, the statement is ready to be used again.</summary>
    /// <exception cref="SqliteException">SQLite says what went wrong.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        // Reset gives the same code again and frees the statement; the message must be read from the connection before that.
        SqliteException? failure = code == raw.SQLITE_DONE ? null : Failure(code);
        Reset();
        return failure is null ? false : throw failure;
    }

    /// <summary>Runs to the end; rows are not looked at.</summary>
    public void Run()
    {
        while (Step()) { }
    }

    /// <summary>Runs an INSERT and gives the row's number.</summary>
    public long Insert()
    {
        Run();
        return raw.sqlite3_last_insert_rowid(_connection);
    }

    /// <summary>The first column of the first row as a number; null when there is no row or it holds none.</summary>
    public long? ReadLong()
    {
        var value = Step() ? LongOrNull(0) : null;
        Reset();
        return value;
    }

    /// <summary>Gives up the rows that were not read.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>A text that comes again and again, such as a user: made once, not once a row. Null for none.</summary>
    public string? ShortTextOrNull(int column) => IsNull(column) ? null : StringCache.Get(Blob(column));

    /// <summary>Of a text its UTF-8. Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <exception cref="StoreDamagedException">It is not 16 bytes long.</exception>
    public UInt128 Wide(int column)
    {
        var bytes = Blob(column);
        return bytes.Length == 16
            ? System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes)
            : throw new StoreDamagedException("An identity in the store is not 16 bytes long.");
    }

    public void Dispose() => _statement.Dispose();

    /// <summary>Runs statements that give no rows and take no parameters.</summary>
    public static void Execute(sqlite3 connection, string sql)
    {
        var code = raw.sqlite3_exec(connection, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException($"SQLite: {raw.sqlite3_errmsg(connection).utf8_to_string()}", code & 0xff, code);
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(code);
        }
    }

    private SqliteException Failure(int code) =>
        new($"SQLite: {raw.sqlite3_errmsg(_connection).utf8_to_string()}", code & 0xff, raw.sqlite3_extended_errcode(_connection));
}
