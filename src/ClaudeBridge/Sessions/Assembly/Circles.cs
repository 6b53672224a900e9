namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Damaged or contradicting records may put observations below themselves: then the first of such a circle hangs under the root.</summary>
internal static class Circles
{
    /// <param name="all">In their final order; changed in place.</param>
    /// <param name="root">What the first of a circle is put under.</param>
    public static void Break(List<Observation> all, ObservationId root)
    {
        var places = new Dictionary<ObservationId, int>();
        for (var place = 0; place < all.Count; place++)
        {
            places.TryAdd(all[place].Id, place);
        }

        // Of each place the walk that came by: 0 for none yet.
        var walks = new int[all.Count];
        for (var start = 0; start < all.Count; start++)
        {
            var at = start;
            while (walks[at] == 0 && all[at].ParentId is { } parent && places.TryGetValue(parent, out var above))
            {
                walks[at] = start + 1;
                at = above;
            }

            if (walks[at] == start + 1)
            {
                Cut(all, places, at, root);
            }
        }
    }

    private static void Cut(List<Observation> all, Dictionary<ObservationId, int> places, int inCircle, ObservationId root)
    {
        var first = inCircle;
        for (var at = places[all[inCircle].ParentId!.Value]; at != inCircle; at = places[all[at].ParentId!.Value])
        {
            first = Math.Min(first, at);
        }

        all[first] = all[first] with
        {
            ParentId = root,
            Metadata = new Metadata().AddAll(all[first].Metadata).Add("nesting", "inferred").Values,
        };
    }
}
