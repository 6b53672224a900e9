using System.Diagnostics;
using System.Threading.Channels;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>Hands out turns to send on a fixed schedule, whatever the answers do; a late sender finds all that fell due in the meantime.</summary>
/// <remarks>Sleeps in the kernel for most of the time and waits for the rest by spinning, so that the schedule is kept to some microseconds.</remarks>
internal sealed class Pacer
{
    private readonly Channel<long> _due;
    private readonly double _perSecond;
    private readonly long _count;

    /// <param name="perSecond">Requests.</param>
    public Pacer(double perSecond, TimeSpan length)
    {
        _perSecond = perSecond;
        _count = Math.Max(1, (long)(perSecond * length.TotalSeconds));
        _due = Channel.CreateBounded<long>(new BoundedChannelOptions((int)Math.Min(_count, 1_000_000)) { SingleWriter = true });
    }

    /// <summary>The intended times of sending, in ticks of <see cref="Stopwatch"/>, each given to one reader.</summary>
    public ChannelReader<long> Due => _due.Reader;

    public Thread Start(CancellationToken cancel)
    {
        var thread = new Thread(() => Run(cancel)) { IsBackground = true, Name = "pacer" };
        thread.Start();
        return thread;
    }

    private void Run(CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        for (long i = 0; i < _count && !cancel.IsCancellationRequested; i++)
        {
            var due = start + (long)(i / _perSecond * Stopwatch.Frequency);
            WaitUntil(due, cancel);
            while (!_due.Writer.TryWrite(due) && !cancel.IsCancellationRequested)
            {
                cancel.WaitHandle.WaitOne(1);
            }
        }

        _due.Writer.Complete();
    }

    private static void WaitUntil(long due, CancellationToken cancel)
    {
        while (due - Stopwatch.GetTimestamp() is var left and > 0 && !cancel.IsCancellationRequested)
        {
            var micros = left * 1_000_000 / Stopwatch.Frequency;
            if (micros > 20_000)
            {
                cancel.WaitHandle.WaitOne((int)Math.Min((micros / 1000) - 10, 1000));
            }
            else if (micros > 100 && OperatingSystem.IsLinux())
            {
                Libc.Sleep((uint)micros - 80);
            }
            else
            {
                Thread.SpinWait(50);
            }
        }
    }
}
