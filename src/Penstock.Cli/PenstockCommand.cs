using System.CommandLine;
using Penstock.Cli.Help;
using Penstock.Cli.Streams;
using Penstock.Cli.Verbs;
using Penstock.Jobs;

namespace Penstock.Cli;

/// <summary>The command line: parses, picks the verb, turns what is thrown into a message and an exit code.</summary>
internal static class PenstockCommand
{
    /// <summary>A defect of ours (<c>EX_SOFTWARE</c>): nothing that a job, its servers or its files do may end like this.</summary>
    private const int Defect = 70;

    private const string Name = "penstock";

    /// <summary>Verbs of the design that later versions bring.</summary>
    private static readonly string[] NotBuilt = ["login", "resume", "plan", "fleet", "top", "bench"];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length > 0 && NotBuilt.Contains(args[0]))
        {
            return Messages.Fail(JobExitCode.Usage, $"'{args[0]}' is not built yet; see penstock --help for what is");
        }

        var parsed = Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 || UsageProblems.Strays(parsed).Any())
        {
            var verb = parsed.CommandResult.Command.Name == Name ? "" : $" {parsed.CommandResult.Command.Name}";
            return Messages.Fail(JobExitCode.Usage, UsageProblems.Of(parsed).Append($"see penstock{verb} --help"));
        }

        try
        {
            EnvFiles.Apply(parsed);
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,

                // Signals are ours: the first one only stops the intake.
                ProcessTerminationTimeout = null,
                Output = Console.Out,
                Error = Console.Error,
            }).ConfigureAwait(false);
        }
        catch (JobException e)
        {
            return Messages.Fail(e.ExitCode, e.Problems);
        }
        catch (PipelineConfigurationException e)
        {
            return Messages.Fail(JobExitCode.Config, e.Problems);
        }
        catch (OperationCanceledException)
        {
            return Messages.Fail(JobExitCode.Stopped, "stopped");
        }
        catch (OutputLostException e) when (e.IsClosedPipe)
        {
            // Behind "| head" the reader has what it wanted; records that are lost are told by the job, and do not come here.
            return JobExitCode.Ok;
        }
        catch (OutputLostException e)
        {
            return Messages.Fail(JobExitCode.Stopped, $"standard output cannot be written: {e.Message}; give it a place that takes it all");
        }
        catch (Exception e)
        {
            return Messages.Fail(Defect, $"{e.GetType().Name}: {e.Message} This is a defect of penstock, please report it");
        }
    }

    internal static Command Create()
    {
        // Not a RootCommand: that takes its name from the assembly, and the command has a name of its own.
        var root = new Command(Name, "Runs one MCP tool call for each row of a table.")
        {
            RunVerb.Create(),
            LintVerb.Create(),
            ToolsVerb.Create(),
            CallVerb.Create(),
            MockVerb.Create(),
            InitVerb.Create(),
            SchemaVerb.Create(),
            HelpScreen.Option(),
            new VersionOption(),
        };
        root.Subcommands.Add(CompletionVerb.Create(root));
        root.Subcommands.Add(HelpVerb.Create(root, RunAsync));
        foreach (var verb in root.Subcommands.Where(static c => c.Name is not ("mock" or "schema" or "completion" or HelpScreen.Verb)))
        {
            verb.Options.Add(EnvFiles.Option());
        }

        return root;
    }
}
