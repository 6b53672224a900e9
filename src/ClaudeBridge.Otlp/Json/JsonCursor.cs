using System.Text.Json;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads one OTLP/JSON body front to back: objects, lists and scalars, and what is wrong with them.</summary>
/// <remarks>
/// What is wrong inside a record rejects that record: the value is skipped, the reason is noted, reading goes on. What is wrong around the
/// records, or is not JSON, throws. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
/// </remarks>
internal ref partial struct JsonCursor
{
    // Messages inside messages, counted from the request: what protobuf libraries read by default, so that whatever is accepted here can
    // be written as protobuf and read by anyone.
    internal const int MaxMessageDepth = 100;

    private readonly ExportPath _path;
    private readonly int _maxMessages;
    private Utf8JsonReader _reader;
    private ReadOnlySpan<byte> _field;
    private int _depth;
    private int _messages;
    private bool _insideRecord;
    private string? _problem;

    public JsonCursor(ReadOnlySpan<byte> body, ExportPath path, int maxMessages)
    {
        _maxMessages = maxMessages;
        _path = path;
        // Depth is limited by counting messages, so that one deep value costs its record and not the whole body.
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
    }

    /// <summary>Records (log records, spans, data points) rejected so far.</summary>
    public int Rejected { get; private set; }

    public string? RejectedReason { get; private set; }

    /// <summary>Where the reader stands, for messages of its exceptions.</summary>
    public readonly ExportPath Path => _path;

    /// <summary>Moves to the first field of the body's object.</summary>
    public void BeginBody()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedPayloadException("The body is not a JSON object. Send one export request as a JSON object.", "");
        }
    }

    /// <summary>Makes sure that nothing follows the body's object.</summary>
    public void EndBody() => _reader.Read();

    /// <summary>Moves into the object that is the current field's value. False: it is null, or not an object (which is noted).</summary>
    public bool BeginObject()
    {
        _reader.Read();
        return EnterObject(allowNull: true);
    }

    /// <summary>Moves into the object that is the current list item. False: it is not an object (which is noted).</summary>
    public bool BeginItemObject() => EnterObject(allowNull: false);

    /// <summary>Moves to the next field of the current object; false at its end.</summary>
    public bool NextField()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.PropertyName)
        {
            return true;
        }

        _depth--;
        return false;
    }

    /// <summary>Whether the current field has this name. Names are case-sensitive, lowerCamelCase only.</summary>
    public bool Is(ReadOnlySpan<byte> name)
    {
        if (_reader.ValueIsEscaped ? !EscapedNameIs(name) : !_reader.ValueSpan.SequenceEqual(name))
        {
            return false;
        }

        _field = name;
        return true;
    }

    /// <summary>Skips the current field, whatever it holds and however deep.</summary>
    public void SkipField() => _reader.Skip();

    /// <summary>Moves into the list that is the current field's value. False: it is null, or not a list (which is noted).</summary>
    public bool BeginList()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.StartArray)
        {
            return true;
        }

        if (_reader.TokenType != JsonTokenType.Null)
        {
            Problem("must be a list");
        }

        return false;
    }

    /// <summary>Moves to the next item of the current list; false at its end.</summary>
    public bool NextItem()
    {
        _reader.Read();
        return _reader.TokenType != JsonTokenType.EndArray;
    }

    /// <exception cref="MalformedPayloadException">There are more messages than one body may hold.</exception>
    public void CountMessage()
    {
        if (++_messages > _maxMessages)
        {
            throw Wire.MessageCount.TooMany(_maxMessages);
        }
    }

    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>From here to <see cref="EndRecord"/> what is wrong costs one record.</summary>
    public void BeginRecord()
    {
        _insideRecord = true;
        _problem = null;
    }

    /// <summary>False: the record has to be left out; it is counted.</summary>
    /// <param name="records">How many records go when this one is bad.</param>
    public bool EndRecord(int records = 1)
    {
        _insideRecord = false;
        if (_problem is null)
        {
            return true;
        }

        if (records > 0)
        {
            Rejected += records;
            RejectedReason ??= _problem;
        }

        _problem = null;
        return false;
    }

    /// <summary>Steps out of a record that contains other records; give the result to <see cref="Resume"/>.</summary>
    public string? Suspend()
    {
        var problem = _problem;
        _problem = null;
        return problem;
    }

    public void Resume(string? problem)
    {
        _insideRecord = true;
        _problem = problem;
    }

    /// <summary>Forgets rejections that were counted in a list which a later field of the same name replaces.</summary>
    public void ForgetRejectedSince(int count)
    {
        Rejected = count;
        RejectedReason = count == 0 ? null : RejectedReason;
    }

    /// <summary>Notes that the current value is wrong and skips it.</summary>
    /// <param name="what">Follows the name of the field in a sentence; never a value of the body.</param>
    public void Problem(string what)
    {
        var field = System.Text.Encoding.ASCII.GetString(_field);
        Note($"the field {field} {what}", field);
    }

    private void Note(string problem, string field)
    {
        if (!_insideRecord)
        {
            throw new MalformedPayloadException($"In the body {problem}.", _path.To(field));
        }

        _problem ??= $"{_path.To(field)}: {problem}. Correct it in the sender; the other records were kept.";
        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            _reader.Skip();
        }
    }

    private bool EnterObject(bool allowNull)
    {
        if (_reader.TokenType == JsonTokenType.StartObject)
        {
            if (_depth < MaxMessageDepth)
            {
                CountMessage();
                _depth++;
                return true;
            }

            Problem($"nests values deeper than {MaxMessageDepth} messages");
        }
        else if (!allowNull)
        {
            // The field read last may be one inside the item before.
            Note("an item of a list must be an object", "");
        }
        else if (_reader.TokenType != JsonTokenType.Null)
        {
            Problem("must be an object");
        }

        return false;
    }

    private readonly bool EscapedNameIs(ReadOnlySpan<byte> name) =>
        JsonText.Unescape(_reader.ValueSpan) == System.Text.Encoding.ASCII.GetString(name);
}
