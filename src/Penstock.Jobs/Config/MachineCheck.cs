using Penstock.Jobs.Files;

namespace Penstock.Jobs.Config;

/// <summary>Whether what a job names is there on this machine. Looks only: opens no pipe, creates no file, starts nothing.</summary>
internal sealed class MachineCheck(Job job, ProblemList problems)
{
    /// <summary>Where commands are looked for if there is no PATH; the engine's own.</summary>
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    public void Run()
    {
        Input();
        Records(job.OutputPath, "output");
        Records(job.ErrorsPath, job.Places.Has("errors") ? "errors" : "output");
        foreach (var server in job.Servers)
        {
            Command(server);
            Engine(server);
        }
    }

    private void Input()
    {
        if (job.Input.Path is not ({ Length: > 0 } and not Job.Standard and var path) || SpecialFile.Is(path))
        {
            return;
        }

        if (Directory.Exists(path))
        {
            Add($"'{path}' is a folder; give a file", "input", "path");
        }
        else if (!File.Exists(path))
        {
            Add($"there is no file '{path}'; paths of data are relative to the folder where the command runs, {Environment.CurrentDirectory}", "input", "path");
        }
        else if (!Permissions.MayRead(path))
        {
            Add($"'{path}' may not be read; change its permissions, or run as another user", "input", "path");
        }
    }

    private void Records(string path, string key)
    {
        if (path is "" or Job.Standard || OutputFiles.IsDevice(path))
        {
            return;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (Directory.Exists(path))
        {
            Add($"'{path}' is a folder; give the name of a file", key, "path");
        }
        else if (!Directory.Exists(folder))
        {
            // Told once if both lie there.
            if (path == job.OutputPath || key == "errors")
            {
                Add($"there is no folder {folder}; create it", key, "path");
            }
        }
        else if (job.Files.Any(f => JobFiles.AreSame(path, f)))
        {
            Add($"'{path}' is the job's own file, which records would overwrite; give another path", key, "path");
        }
        else if (Permissions.WhyNotWritable(path) is { } why && (path == job.OutputPath || key == "errors"))
        {
            Add($"'{path}' {why}", key, "path");
        }
    }

    private void Command(JobServer server)
    {
        if (server.Command is not { } command)
        {
            return;
        }

        string[] keys = [job.Places.ServersKey, server.Name, "command"];
        var start = Path.GetFullPath(server.WorkingDirectory ?? Environment.CurrentDirectory);
        if (!Directory.Exists(start))
        {
            Add($"there is no folder '{server.WorkingDirectory}'; create it, or remove the key", job.Places.ServersKey, server.Name, "cwd");
        }
        else if (command.Length == 0)
        {
            Add("is empty; give a program", keys);
        }
        else if (command.Contains('/', StringComparison.Ordinal))
        {
            var file = Path.GetFullPath(command, start);
            if (!IsProgram(file))
            {
                Add(File.Exists(file) ? $"'{command}' is not executable; allow it with chmod +x, or start it through its interpreter" : $"there is no program '{command}'; check the path, which is relative to {start}", keys);
            }
        }
        else
        {
            var path = server.Environment.GetValueOrDefault("PATH") ?? Environment.GetEnvironmentVariable("PATH") ?? DefaultPath;
            if (!path.Split(':').Any(folder => IsProgram(Path.Combine(start, folder, command))))
            {
                Add($"there is no '{command}' on PATH; install it, or give its full path", keys);
            }
        }
    }

    /// <summary>What the engine refuses of a server, unless it is told already.</summary>
    private void Engine(JobServer server)
    {
        var path = $"{job.Places.ServersKey}.{server.Name}";
        if (problems.All.Any(p => p.Path == path || p.Path.StartsWith(path + ".", StringComparison.Ordinal)))
        {
            return;
        }

        try
        {
            // Any command: that of a mock server is not the job's.
            using var pipeline = new ToolPipelineBuilder().AddServer(server.ToOptions([server.Name])).Build();
        }
        catch (PipelineConfigurationException e)
        {
            foreach (var problem in e.Problems)
            {
                Add(problem.Replace($"Server '{server.Name}': ", "", StringComparison.Ordinal), job.Places.ServersKey, server.Name);
            }
        }
    }

    private static bool IsProgram(string path) => File.Exists(path) && Permissions.MayExecute(path);

    private void Add(string message, params ReadOnlySpan<string> keys) =>
        problems.Add(job.Places.Find(keys), string.Join('.', keys), job.Secrets.Redact(message));
}
