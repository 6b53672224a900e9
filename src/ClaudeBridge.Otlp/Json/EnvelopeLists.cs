using Google.Protobuf.Collections;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads one object of a list; the cursor stands inside it.</summary>
internal delegate T ReadObject<out T>(ref JsonCursor json);

/// <summary>The two outer lists of an export request, which differ between the signals only in what they hold.</summary>
internal static class EnvelopeLists
{
    /// <summary>A list that comes twice counts as it came last, and so do the rejections in it.</summary>
    public static void ReadResources<T>(ref JsonCursor json, RepeatedField<T> resources, ReadObject<T> read)
    {
        resources.Clear();
        json.ForgetRejectedSince(0);
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            json.Path.Resource = resources.Count;
            if (json.BeginItemObject())
            {
                resources.Add(read(ref json));
            }
        }

        json.Path.Resource = -1;
    }

    public static void ReadScopes<T>(ref JsonCursor json, RepeatedField<T> scopes, ReadObject<T> read)
    {
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            json.Path.Scope = scopes.Count;
            if (json.BeginItemObject())
            {
                scopes.Add(read(ref json));
            }
        }

        json.Path.Scope = -1;
    }
}
