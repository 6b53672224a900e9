using System.Globalization;

namespace ClaudeBridge.Benchmarks.Measure;

/// <summary>Runs rows one after another, each several times with a fresh target, and keeps the medians.</summary>
internal static class MeasureRun
{
    public static async Task<IReadOnlyList<MeasuredRow>> RunAsync(MeasureSettings settings, TextWriter progress, CancellationToken cancel)
    {
        var rows = new List<MeasuredRow>();
        foreach (var row in settings.Rows)
        {
            var values = new List<double>();
            for (var run = 1; run <= settings.Runs; run++)
            {
                try
                {
                    var measured = await row.RunAsync(settings, cancel);
                    values.Add(measured.Value);
                    await progress.WriteLineAsync(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{row.Name} {run}/{settings.Runs}: {measured.Value:0.#} {row.Unit} ({measured.Remark})"
                        )
                    );
                }
                catch (BenchmarkException failure)
                {
                    await progress.WriteLineAsync($"{row.Name} {run}/{settings.Runs}: {failure.Message}");
                }
            }

            var median = values.Count == 0 ? double.NaN : values.Order().ElementAt((values.Count - 1) / 2);
            rows.Add(
                new MeasuredRow(
                    row.Name,
                    row.What,
                    row.Unit,
                    row.Goal,
                    median,
                    values,
                    row.IsLessBetter ? median <= row.Goal : median >= row.Goal
                )
            );
        }

        return rows;
    }

    public static void Print(IReadOnlyList<MeasuredRow> rows, TextWriter output)
    {
        output.WriteLine($"{"row", -17} {"median", 10} {"goal", 10} {"unit", -14} {"", -5} {"runs", -30} what");
        foreach (var row in rows)
        {
            var runs = string.Join(" ", row.Runs.Select(static value => value.ToString("0.#", CultureInfo.InvariantCulture)));
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Name, -17} {row.Median, 10:0.#} {row.Goal, 10:0.#} {row.Unit, -14} {(row.IsReached ? "yes" : "no"), -5} {runs, -30} {row.What}"
                )
            );
        }
    }
}
