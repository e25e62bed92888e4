namespace Penstock.Jobs;

/// <summary>The JSON Schema of job files, for editors and for whoever writes job files by program.</summary>
public static class JobSchema
{
    private const string Resource = "job.schema.json";

    /// <summary>
    /// The schema as text, draft 2020-12. It knows names, types and ranges of all keys; what depends on several keys, on other files or on the
    /// environment is told by <see cref="JobLint"/> only.
    /// </summary>
    public static string Text { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(JobSchema).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
