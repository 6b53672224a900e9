using ClaudeBridge.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>For a bridge inside the tests' process: what other tests hold is not counted as its own.</summary>
internal static class SharedHeap
{
    public static IServiceCollection AddSharedHeap(this IServiceCollection services) =>
        services.AddSingleton(provider => new HeapRoom(
            provider.GetRequiredService<IOptions<ReceiverOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            inUse: static () => 0
        ));
}
