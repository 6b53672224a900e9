namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Where a session stands: its clock and what its next request carries.</summary>
internal sealed class SessionState(DateTimeOffset begin, bool sendsContents)
{
    private ToolKind? _consumed;

    public DateTimeOffset Now { get; set; } = begin;

    public bool SendsContents { get; } = sendsContents;

    /// <summary>Tokens that are in the cache.</summary>
    public long Context { get; set; } = 11_000;

    public string? Skill { get; set; }

    public void Pass(long milliseconds) => Now = Now.AddMilliseconds(milliseconds);

    /// <summary>The next request takes in the result of this tool.</summary>
    public void Consumed(ToolKind tool, bool failed) => _consumed = tool.Server is not null && !failed ? tool : null;

    public ToolKind? TakeConsumed()
    {
        var tool = _consumed;
        _consumed = null;
        return tool;
    }

    public string? TakeSkill()
    {
        var skill = Skill;
        Skill = null;
        return skill;
    }
}
