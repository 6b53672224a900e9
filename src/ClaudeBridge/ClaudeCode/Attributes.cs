using System.Globalization;
using ClaudeBridge.Otlp.Json;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.ClaudeCode;

/// <summary>Reads attribute values whatever type the client version sends them in: numbers and flags come as strings, ints, doubles and bools.</summary>
/// <remarks>The first attribute with a name counts. A value that cannot be read as what is asked for reads as absent.</remarks>
public readonly struct Attributes
{
    private readonly RepeatedField<KeyValue> _list;
    private readonly byte[] _ids;

    /// <param name="list">Must not change afterwards.</param>
    public Attributes(RepeatedField<KeyValue> list)
    {
        _list = list;
        _ids = list.Count == 0 ? [] : new byte[list.Count];
        for (var i = 0; i < _ids.Length; i++)
        {
            _ids[i] = list[i].Value is { ValueCase: not AnyValue.ValueOneofCase.None } ? Names.IdOf(list[i].Key) : Names.Unknown;
        }
    }

    public AnyValue? Find(AttributeName name)
    {
        foreach (var id in name.Ids)
        {
            if (_ids.AsSpan().IndexOf(id) is var place and >= 0)
            {
                return _list[place].Value;
            }
        }

        return name.Ids.Length > 0 ? null : FindByText(name);
    }

    public bool Has(AttributeName name) => Find(name) is not null;

    /// <summary>The value as text; null when absent or empty.</summary>
    public string? Text(AttributeName name) => Find(name) is { } value && Values.Text(value) is { Length: > 0 } text ? text : null;

    /// <summary>The first value with a name that is neither empty nor this text; null when there is none.</summary>
    public string? TextOtherThan(AttributeName name, string text)
    {
        foreach (var pair in _list)
        {
            if (
                pair.Value is not null
                && name.Names.Contains(pair.Key)
                && Values.Text(pair.Value) is { Length: > 0 } other
                && other != text
            )
            {
                return other;
            }
        }

        return null;
    }

    public long? Integer(AttributeName name) => Find(name) is { } value ? Values.Integer(value) : null;

    public decimal? Number(AttributeName name) => Find(name) is { } value ? Values.Number(value) : null;

    public bool? Flag(AttributeName name) => Find(name) is { } value ? Values.Flag(value) : null;

    private AnyValue? FindByText(AttributeName name)
    {
        foreach (var alias in name.Names)
        {
            foreach (var pair in _list)
            {
                if (
                    string.Equals(pair.Key, alias, StringComparison.Ordinal)
                    && pair.Value is { ValueCase: not AnyValue.ValueOneofCase.None }
                )
                {
                    return pair.Value;
                }
            }
        }

        return null;
    }
}

/// <summary>Conversions from OTLP values. Exact: no value is rounded on the way.</summary>
public static class Values
{
    public static string Text(AnyValue value) =>
        value.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => value.StringValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.None or AnyValue.ValueOneofCase.StringValueStrindex => "",
            _ => PlainJson.Write(value),
        };

    /// <summary>A whole number; a fraction reads as absent.</summary>
    public static long? Integer(AnyValue value) =>
        value.ValueCase switch
        {
            AnyValue.ValueOneofCase.IntValue => value.IntValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? 1 : 0,
            _ when Number(value) is { } number && number == decimal.Truncate(number) && decimal.Abs(number) <= long.MaxValue =>
                (long)number,
            _ => null,
        };

    /// <summary>A decimal number. A double is read by its shortest text, so that 0.1 stays 0.1.</summary>
    public static decimal? Number(AnyValue value) =>
        value.ValueCase switch
        {
            AnyValue.ValueOneofCase.IntValue => value.IntValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? 1 : 0,
            AnyValue.ValueOneofCase.StringValue => Parse(value.StringValue),
            AnyValue.ValueOneofCase.DoubleValue when double.IsFinite(value.DoubleValue) => Parse(
                value.DoubleValue.ToString("R", CultureInfo.InvariantCulture)
            ),
            _ => null,
        };

    public static bool? Flag(AnyValue value) =>
        value.ValueCase switch
        {
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue,
            AnyValue.ValueOneofCase.StringValue when bool.TryParse(value.StringValue, out var flag) => flag,
            _ => Number(value) switch
            {
                0 => false,
                1 => true,
                _ => null,
            },
        };

    private static decimal? Parse(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
