using System.Text;

namespace ClaudeBridge.Store.Pages;

/// <summary>Conditions of one SQL statement and the values that belong to them. Values are always bound, never written into the SQL.</summary>
internal sealed class Conditions
{
    private readonly StringBuilder _sql = new();
    private readonly List<object> _values;

    public Conditions()
        : this([]) { }

    private Conditions(List<object> values) => _values = values;

    /// <summary>Keeps a value for the statement.</summary>
    /// <param name="value">A string, a long or bytes.</param>
    /// <returns>The parameter that stands for it in the SQL.</returns>
    public string Value(object value)
    {
        _values.Add(value);
        return $"?{_values.Count}";
    }

    public Conditions And(string condition)
    {
        _sql.Append(_sql.Length == 0 ? "" : " AND ").Append('(').Append(condition).Append(')');
        return this;
    }

    /// <summary>Conditions of a SELECT within the statement: apart from these, with the same values.</summary>
    public Conditions Inner() => new(_values);

    /// <summary>What follows WHERE; always true when there is no condition.</summary>
    public string Sql => _sql.Length == 0 ? "TRUE" : _sql.ToString();

    /// <summary>Binds the values to a statement that holds the conditions.</summary>
    public Statement BindTo(Statement statement)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            _ = _values[i] switch
            {
                string text => statement.Bind(i + 1, text),
                long number => statement.Bind(i + 1, number),
                byte[] bytes => statement.Bind(i + 1, bytes),
                var other => throw new ArgumentException($"A {other.GetType().Name} cannot be bound."),
            };
        }

        return statement;
    }
}
