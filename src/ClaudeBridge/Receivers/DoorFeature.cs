using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Receivers;

/// <summary>Which port a connection came in by. Set once for each connection, where the ports are set up.</summary>
internal sealed record DoorFeature(Door Door);
