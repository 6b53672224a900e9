using System.Globalization;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Otlp.Json;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions.Foreign;

/// <summary>What went into a step and what came out: in attributes, in numbered attributes, or in span events, as conventions have it over the years.</summary>
internal static class ForeignContents
{
    private static readonly AttributeName Content = new("content", "gen_ai.event.content");

    public static string? InputOf(ForeignNode node) =>
        node.Attributes.Text(GenAiNames.Input)
        ?? Numbered(node.List, GenAiNames.PromptPrefixes)
        ?? FromEvents(
            node,
            GenAiNames.Input,
            static name =>
                name switch
                {
                    "gen_ai.content.prompt" or "gen_ai.user.message" => "user",
                    "gen_ai.system.message" => "system",
                    "gen_ai.assistant.message" => "assistant",
                    "gen_ai.tool.message" => "tool",
                    _ => null,
                }
        );

    public static string? OutputOf(ForeignNode node) =>
        node.Attributes.Text(GenAiNames.Output)
        ?? Numbered(node.List, GenAiNames.CompletionPrefixes)
        ?? FromEvents(node, GenAiNames.Output, static name => name is "gen_ai.content.completion" or "gen_ai.choice" ? "assistant" : null);

    /// <summary>Attributes that are shown as input or output and nowhere else.</summary>
    public static bool IsContent(string name) =>
        GenAiNames.Input.Names.Contains(name)
        || GenAiNames.Output.Names.Contains(name)
        || PrefixOf(name, GenAiNames.PromptPrefixes) is not null
        || PrefixOf(name, GenAiNames.CompletionPrefixes) is not null;

    private static string? PrefixOf(string name, string[] prefixes) =>
        Array.Find(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary><c>gen_ai.prompt.0.role</c>, <c>gen_ai.prompt.0.content</c>, … as a list of messages.</summary>
    private static string? Numbered(IEnumerable<KeyValue> attributes, string[] prefixes)
    {
        var messages = new SortedDictionary<int, KeyValueList>();
        foreach (var pair in attributes)
        {
            if (PrefixOf(pair.Key, prefixes) is not { } prefix)
            {
                continue;
            }

            var rest = pair.Key.AsSpan(prefix.Length);
            var dot = rest.IndexOf('.');
            if (dot > 0 && int.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                if (!messages.TryGetValue(number, out var message))
                {
                    messages[number] = message = new KeyValueList();
                }

                var part = rest[(dot + 1)..];
                var name = (
                    part.StartsWith(GenAiNames.MessagePrefix, StringComparison.Ordinal) ? part[GenAiNames.MessagePrefix.Length..] : part
                ).ToString();
                if (message.Values.All(known => known.Key != name))
                {
                    message.Values.Add(new KeyValue { Key = name, Value = pair.Value });
                }
            }
        }

        return Show([.. messages.Values]);
    }

    private static string? FromEvents(ForeignNode node, AttributeName whole, Func<string, string?> roleOf)
    {
        var events = node.Copies.Select(static copy => copy.Span!.Events).FirstOrDefault(static events => events.Count > 0);
        if (events is null)
        {
            return null;
        }

        // Some hang the whole conversation on one event.
        var text = events.Select(item => new Attributes(item.Attributes).Text(whole)).FirstOrDefault(static text => text is not null);
        return text
            ?? Show([
                .. events
                    .OrderBy(static item => item.TimeUnixNano)
                    .Select(item => (Event: item, Role: roleOf(item.Name)))
                    .Where(static item => item.Role is not null)
                    .Select(static item => MessageOf(item.Event, item.Role!)),
            ]);
    }

    private static KeyValueList MessageOf(Span.Types.Event item, string role)
    {
        var message = new KeyValueList
        {
            Values = { item.Attributes.Where(static pair => pair.Key is not ("gen_ai.system" or "event.name")) },
        };
        if (message.Values.All(static pair => pair.Key != "role"))
        {
            message.Values.Insert(
                0,
                new KeyValue
                {
                    Key = "role",
                    Value = new AnyValue { StringValue = role },
                }
            );
        }

        return message;
    }

    /// <summary>A single message is shown as its text, several as a list.</summary>
    private static string? Show(List<KeyValueList> messages)
    {
        if (messages.Count == 0)
        {
            return null;
        }

        if (
            messages is [var only]
            && only.Values.All(static pair => pair.Key is "role" or "content" or "gen_ai.event.content" or "finish_reason" or "index")
        )
        {
            if (new Attributes(only.Values).Text(Content) is { } text)
            {
                return text;
            }
        }

        var list = new ArrayValue();
        list.Values.AddRange(messages.Select(static message => new AnyValue { KvlistValue = message }));
        return PlainJson.Write(new AnyValue { ArrayValue = list });
    }
}
