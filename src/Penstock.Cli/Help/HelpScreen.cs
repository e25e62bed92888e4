using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Penstock.Cli.Help;

/// <summary>What <c>--help</c> prints: of the command one short screen, of a verb all that the library knows of it.</summary>
/// <param name="verbs">Prints the help of a verb.</param>
internal sealed class HelpScreen(SynchronousCommandLineAction verbs) : SynchronousCommandLineAction
{
    /// <summary>The verb that prints it.</summary>
    public const string Verb = "help";

    private const string Head =
        """
        Penstock calls an MCP tool once for each row of a table: a record for every row.

        Quick start:
          penstock tools --server "npx -y some-mcp-server"
          penstock init --server "npx -y some-mcp-server" --tool TOOL --input rows.csv
          penstock run job.yaml

        Verbs:

        """;

    private const string Foot =
        """

        Read on:
          penstock help VERB   options and examples; of run a job file, exit codes
          penstock help PAGE   first-job, job-file (all keys), records, csv
          penstock schema      every key of a job file, as JSON Schema

        """;

    /// <summary>Who asks for help is not told what is wrong with the line.</summary>
    public override bool ClearsParseErrors => true;

    public static HelpOption Option()
    {
        var option = new HelpOption { Recursive = true };
        option.Action = new HelpScreen((SynchronousCommandLineAction)option.Action!);
        return option;
    }

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        if (command.Subcommands.Count == 0)
        {
            return verbs.Invoke(parseResult);
        }

        parseResult.InvocationConfiguration.Output.Write(Top(command));
        return 0;
    }

    internal static string Top(Command root) => Head + string.Concat(UsageProblems.Verbs(root).Select(static l => $"  {l}\n")) + Foot;
}
