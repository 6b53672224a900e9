using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Dashboard;

/// <summary>The pages on the dashboard port. Read from the section <c>ClaudeBridge:Dashboard</c>.</summary>
internal sealed class DashboardOptions
{
    public const string Section = "ClaudeBridge:Dashboard";

    /// <summary>Whether there are pages at all. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Entries of one page of a list. Default: 50.</summary>
    [Range(5, 500)]
    public int PageSize { get; set; } = 50;

    /// <summary>Rows of one breakdown of the overview; the rest is summed up in one row. Default: 10.</summary>
    [Range(3, 100)]
    public int BreakdownRows { get; set; } = 10;

    /// <summary>Observations that a trace shows at first; a link shows as many again, up to <see cref="MaxObservations"/>. Default: 500.</summary>
    [Range(10, 50_000)]
    public int Observations { get; set; } = 500;

    /// <summary>Observations on one page at most. Default: 5000.</summary>
    [Range(10, 50_000)]
    public int MaxObservations { get; set; } = 5_000;

    /// <summary>Characters of each input and output on the page of a trace; the page of the observation has the whole. Default: 2000.</summary>
    [Range(100, 100_000)]
    public int MaxContent { get; set; } = 2_000;

    /// <summary>Characters of all inputs and outputs on the page of a trace together; each gets less where there are many, but 200 at least. Default: 2 000 000.</summary>
    [Range(10_000, 100_000_000)]
    public int MaxPageContent { get; set; } = 2_000_000;

    /// <summary>How often pages that change are loaded anew in a browser without JavaScript; with it they follow the store. Zero for never. Default: 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last record a session is shown as in progress. Default: 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LiveFor { get; set; } = TimeSpan.FromMinutes(2);
}
