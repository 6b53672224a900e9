using Google.Protobuf;

namespace ClaudeBridge.Otlp.Tests;

public sealed class RecordingTests
{
    [Fact]
    public void Every_recorded_body_decodes_with_nothing_rejected()
    {
        var bodies = Recordings.Bodies().ToList();
        bodies.Count.ShouldBeGreaterThan(100);
        foreach (var body in bodies)
        {
            var export = body.Decode();
            export.Rejected.ShouldBe(0, body.Name);
            export.Accepted.ShouldBeGreaterThan(0, body.Name);
        }
    }

    [Fact]
    public void Body_and_line_of_the_same_request_give_the_same_messages()
    {
        var sessions = Recordings.Sessions().ToList();
        sessions.ShouldContain(session => session.Bodies[0].Encoding == OtlpEncoding.Protobuf);
        foreach (var (name, bodies, lines) in sessions)
        {
            lines.Length.ShouldBe(bodies.Length, name);
            foreach (var (body, line) in bodies.Zip(lines))
            {
                OtlpDecoder.Decode(body.Signal, OtlpEncoding.Json, line).Message.ShouldBe(body.Decode().Message, body.Name);
            }
        }
    }

    [Fact]
    public void JSON_bodies_survive_a_way_through_protobuf()
    {
        foreach (var body in Recordings.Bodies().Where(body => body.Encoding == OtlpEncoding.Json))
        {
            var export = body.Decode();
            Exports.Protobuf(body.Signal, export.Message.ToByteArray()).Message.ShouldBe(export.Message, body.Name);
        }
    }
}
