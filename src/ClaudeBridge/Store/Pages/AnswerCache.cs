using System.Text.Json;

namespace ClaudeBridge.Store.Pages;

/// <summary>Keeps the answers to the dearest questions as long as the store stays as it is: whoever asks the same meanwhile, or at the same time, shares one. Any thread.</summary>
/// <remarks>An answer may be newer than the version it is kept for, never older.</remarks>
/// <param name="mostRows">Rows of all answers together. What has more alone is shared while it is made and not kept.</param>
internal sealed class AnswerCache(IStoreChanges changes, int mostRows = AnswerCache.DefaultRows)
{
    private const int DefaultRows = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lazy<object>> _answers = new(StringComparer.Ordinal);
    private long _version;
    private int _rows;

    /// <param name="question">All that the answer depends on beside the store.</param>
    /// <param name="rows">How large the answer is.</param>
    public T Get<T>(string question, Func<T> ask, Func<T, int> rows)
        where T : class
    {
        Lazy<object> answer;
        var isNew = false;
        lock (_lock)
        {
            if (changes.Version is var version && version != _version)
            {
                Clear();
                _version = version;
            }

            if (!_answers.TryGetValue(question, out answer!))
            {
                isNew = true;
                _answers.Add(question, answer = new Lazy<object>(ask));
            }
        }

        try
        {
            var value = (T)answer.Value;
            if (isNew)
            {
                Keep(question, answer, rows(value) + 1);
            }

            return value;
        }
        catch
        {
            // The next one asks again.
            Forget(question, answer);
            throw;
        }
    }

    /// <summary>A question as one text that no other question has.</summary>
    public static string Question(params IReadOnlyList<string?> parts) =>
        JsonSerializer.Serialize(parts!, StoreJson.Compact.IReadOnlyListString);

    private void Keep(string question, Lazy<object> answer, int rows)
    {
        lock (_lock)
        {
            if (!_answers.TryGetValue(question, out var known) || known != answer)
            {
                return;
            }

            if (_rows + rows > mostRows)
            {
                // What is being made just now goes too: it is only made once more.
                Clear();
                if (rows > mostRows)
                {
                    return;
                }

                _answers.Add(question, answer);
            }

            _rows += rows;
        }
    }

    private void Forget(string question, Lazy<object> answer)
    {
        lock (_lock)
        {
            if (_answers.TryGetValue(question, out var known) && known == answer)
            {
                _ = _answers.Remove(question);
            }
        }
    }

    private void Clear()
    {
        _answers.Clear();
        _rows = 0;
    }
}
