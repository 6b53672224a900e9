using ClaudeBridge.Query.Http;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query.Answers;

/// <summary><c>/api/overview</c>: the figures of a span of time, step by step.</summary>
internal static class OverviewAnswers
{
    /// <summary>As many as the store gives at once.</summary>
    private const int MostSteps = 1000;

    /// <summary>What is shown when nobody says from when.</summary>
    private static readonly TimeSpan StandardRange = TimeSpan.FromDays(7);

    /// <summary>Up to this length an hour is a useful step.</summary>
    private static readonly TimeSpan MostByHours = TimeSpan.FromDays(2);

    public static readonly Parameter From = CommonParameters.From with
    {
        Description = "The first moment that counts, by the start of observations. Seven days before the end when it is left out.",
    };

    public static readonly Parameter To = CommonParameters.To with
    {
        Description = "The end: a day, which counts as a whole, or the first moment that does not count any more. Now when it is left out.",
    };

    public static readonly Parameter Step = Parameter.Choice(
        "step",
        $"The width of a step; at most {MostSteps} of them. By hours up to two days, else by days, when it is left out.",
        null,
        "hour",
        "day"
    );

    public static async Task AnswerAsync(ApiCall call)
    {
        var filter = Filters.Read(call);
        var to = filter.To ?? call.Parts.Clock.GetUtcNow();
        var from = filter.From ?? to - StandardRange;
        if (from >= to)
        {
            throw ApiProblemException.Wrong(From.Name, "'from' must be earlier than 'to', which is now when it is left out.");
        }

        var step = call.Arguments.Text(Step) switch
        {
            "hour" => TimeSpan.FromHours(1),
            "day" => TimeSpan.FromDays(1),
            _ => to - from <= MostByHours ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1),
        };
        // The first step begins before 'from' where that lies within one.
        if ((to - from) / step > MostSteps - 1)
        {
            throw ApiProblemException.Wrong(
                Step.Name,
                $"There would be more than {MostSteps} steps; take a longer step or a shorter time."
            );
        }

        var request = new OverviewRequest(filter with { From = null, To = null }, from, to, step);
        await call.WriteAsync(await call.AskAsync(pages => pages.Overview(request)), QueryJson.Compact.OverviewReport);
    }
}
