using System.CommandLine;
using System.Text;
using Penstock.Cli.Streams;
using Penstock.Jobs;

namespace Penstock.Cli.Verbs;

/// <summary><c>penstock schema</c>.</summary>
internal static class SchemaVerb
{
    public static Command Create()
    {
        var verb = new Command(
            "schema",
            "Prints the JSON Schema of job files, for editors.\n\nExample:\n  penstock schema > job.schema.json\n\nand as the first line of a job file:\n  # yaml-language-server: $schema=job.schema.json");
        verb.SetAction(static _ =>
        {
            using var output = StandardStreams.OpenOutput();
            output.Write(Encoding.UTF8.GetBytes(JobSchema.Text));
            return JobExitCode.Ok;
        });
        return verb;
    }
}
