using System.Text;

namespace ClaudeBridge.Tests.Query;

/// <summary>Reads CSV by RFC 4180, written apart from what writes it.</summary>
internal static class CsvReading
{
    /// <summary>Every row by the names of the header.</summary>
    public static List<Dictionary<string, string>> Rows(string text)
    {
        var records = Records(text);
        return
        [
            .. records
                .Skip(1)
                .Select(record =>
                {
                    record.Count.ShouldBe(records[0].Count);
                    return records[0].Zip(record).ToDictionary(static pair => pair.First, static pair => pair.Second);
                }),
        ];
    }

    public static List<List<string>> Records(string text)
    {
        List<List<string>> records = [];
        List<string> record = [];
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (isQuoted)
            {
                if (letter != '"')
                {
                    field.Append(letter);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (letter == '"')
            {
                field.Length.ShouldBe(0);
                isQuoted = true;
            }
            else if (letter is ',' or '\r')
            {
                record.Add(field.ToString());
                field.Clear();
                if (letter == '\r')
                {
                    text[++i].ShouldBe('\n');
                    records.Add(record);
                    record = [];
                }
            }
            else
            {
                letter.ShouldNotBe('\n');
                field.Append(letter);
            }
        }

        isQuoted.ShouldBeFalse();
        (field.Length + record.Count).ShouldBe(0, "the last line ends too");
        return records;
    }
}
