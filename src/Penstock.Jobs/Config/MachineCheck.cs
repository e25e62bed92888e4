using System.Runtime.InteropServices;
using Penstock.Jobs.Records;

namespace Penstock.Jobs.Config;

/// <summary>Whether what a job names is there on this machine. Looks only: opens no pipe, creates no file, starts nothing.</summary>
internal sealed partial class MachineCheck(Job job, ProblemList problems)
{
    private const int Executable = 1;
    private const int Writable = 2;
    private const int Readable = 4;

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
        else if (!May(path, Readable))
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
        else if (!May(File.Exists(path) ? path : folder, Writable) && (path == job.OutputPath || key == "errors"))
        {
            Add($"'{path}' may not be written; change the permissions of {(File.Exists(path) ? "the file" : folder)}, or give another path", key, "path");
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

    private static bool IsProgram(string path) => File.Exists(path) && May(path, Executable);

    private void Add(string message, params ReadOnlySpan<string> keys) =>
        problems.Add(job.Places.Find(keys), string.Join('.', keys), job.Secrets.Redact(message));

    /// <summary>What the system would say to this process. It cannot be asked elsewhere: there the run tells.</summary>
    private static bool May(string path, int mode) => !OperatingSystem.IsLinux() || access(path, mode) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);
}
