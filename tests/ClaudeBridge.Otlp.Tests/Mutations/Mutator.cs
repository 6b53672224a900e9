namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Damages bodies, always the same way for one seed: as bytes, and as what the bytes mean.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<Sample> samples)
{
    private const int MaxBytes = 20_000;

    private readonly Random _random = new(seed);

    /// <summary>One body that some sender might have meant as an export.</summary>
    public Sample Next()
    {
        var sample = Pick();
        var body = sample.Body;
        for (var n = _random.Next(1, 4); n > 0 && body.Length > 0; n--)
        {
            body = _random.Next(2) == 0 ? OnBytes(body) : OnMeaning(sample.Encoding, body);
        }

        // Now and then the body of one signal goes to another.
        var signal = _random.Next(20) == 0 ? (Signal)_random.Next(1, 4) : sample.Signal;
        return new Sample(signal, sample.Encoding, body.Length > MaxBytes ? body[..MaxBytes] : body);
    }

    private Sample Pick() => samples[_random.Next(samples.Count)];

    private byte[] OnMeaning(OtlpEncoding encoding, byte[] body) =>
        encoding == OtlpEncoding.Json ? JsonMutation.Apply(_random, body) : ProtobufMutation.Apply(_random, body);

    private byte[] OnBytes(byte[] body)
    {
        var at = _random.Next(body.Length);
        var length = Math.Min(_random.Next(1, 40), body.Length - at);
        var other = Pick().Body;
        var from = _random.Next(other.Length);
        switch (_random.Next(8))
        {
            case 0:
                body = [.. body];
                body[at] ^= (byte)(1 << _random.Next(8));
                return body;
            case 1:
                body = [.. body];
                body[at] = (byte)_random.Next(256);
                return body;
            case 2:
                return [.. body.AsSpan(0, at), .. body.AsSpan(at + length)];
            case 3:
                return body[..at];
            case 4:
                return [.. body.AsSpan(0, at), .. body.AsSpan(at, length), .. body.AsSpan(at)];
            case 5:
                return [.. body.AsSpan(0, at), .. other.AsSpan(from)];
            case 6:
                return [.. body, .. other];
            default:
                return [.. body.AsSpan(0, at), .. Enumerable.Repeat(body[at], _random.Next(1, 300)), .. body.AsSpan(at)];
        }
    }
}

internal sealed record Sample(Signal Signal, OtlpEncoding Encoding, byte[] Body);
