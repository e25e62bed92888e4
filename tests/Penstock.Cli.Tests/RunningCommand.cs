using System.Diagnostics;
using System.Text;

namespace Penstock.Cli.Tests;

/// <summary>One process of the built command, with its output gathered as it comes. Killed with the test that forgot it.</summary>
internal sealed class RunningCommand : IDisposable
{
    /// <summary>Far beyond what anything here takes on a busy machine: it only keeps a hanging command from hanging the run.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task _errors;
    private readonly StringBuilder _errorText = new();
    private readonly List<(string Word, TaskCompletionSource Seen)> _awaited = [];

    private RunningCommand(Process process)
    {
        _process = process;
        Id = process.Id;
        _output = ReadOutputAsync();
        _errors = ReadErrorsAsync();
    }

    /// <summary>The command's host, of the configuration that the tests were built in.</summary>
    public static string Path { get; } = Find();

    public int Id { get; }

    public static RunningCommand Start(string folder, params string[] arguments) => Start(folder, null, arguments);

    /// <param name="folder">The working directory.</param>
    /// <param name="input">Standard input; null = an empty one.</param>
    /// <param name="arguments">The command line.</param>
    public static RunningCommand Start(string folder, byte[]? input, string[] arguments)
    {
        var command = StartWithOpenInput(folder, arguments);
        command.Feed(input ?? []);
        return command;
    }

    /// <summary>
    /// Its standard input says nothing and does not end. Signals are as at a prompt: tests that a script runs in the background would hand
    /// down an ignored Ctrl-C, which the command rightly keeps ignoring.
    /// </summary>
    public static RunningCommand StartWithOpenInput(string folder, params string[] arguments) => new(Process.Start(new ProcessStartInfo(
        "env", ["--default-signal=HUP,INT,TERM", Path, .. arguments])
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!);

    public static async Task<CommandEnd> RunAsync(string folder, params string[] arguments)
    {
        using var command = Start(folder, null, arguments);
        return await command.EndAsync();
    }

    public static async Task<CommandEnd> RunAsync(string folder, byte[] input, params string[] arguments)
    {
        using var command = Start(folder, input, arguments);
        return await command.EndAsync();
    }

    public async Task<CommandEnd> EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        var output = await _output.WaitAsync(limit.Token);
        await _errors.WaitAsync(limit.Token);
        return new CommandEnd(_process.ExitCode, output, _errorText.ToString());
    }

    /// <summary>Waits until standard error has said something.</summary>
    public Task SaidAsync(string word)
    {
        lock (_errorText)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((word, seen));
            Look();
            return seen.Task.WaitAsync(Limit);
        }
    }

    public void Signal(string name) => ProcessTree.Signal(Id, name);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task<byte[]> ReadOutputAsync()
    {
        using var bytes = new MemoryStream();
        await _process.StandardOutput.BaseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errorText)
            {
                _errorText.Append(line).Append('\n');
                Look();
            }
        }
    }

    private void Look()
    {
        var text = _errorText.ToString();
        _awaited.FindAll(a => text.Contains(a.Word, StringComparison.Ordinal)).ForEach(static a => a.Seen.TrySetResult());
    }

    private void Feed(byte[] input)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input, which is its right.
        }
    }

    private static string Find()
    {
        // …/tests/Penstock.Cli.Tests/bin/CONFIGURATION/net10.0/
        var own = new DirectoryInfo(System.IO.Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var root = own;
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "Pipeline.sln")))
        {
            root = root.Parent;
        }

        var path = System.IO.Path.Combine(root?.FullName ?? "/", "src", "Penstock.Cli", "bin", own.Parent!.Name, own.Name, "penstock");
        return File.Exists(path) ? path : throw new FileNotFoundException("The command is not built.", path);
    }
}

/// <summary>How a command ended.</summary>
internal sealed record CommandEnd(int Code, byte[] OutputBytes, string Errors)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Checks the code; a failure shows what the command said.</summary>
    public CommandEnd Expect(int code)
    {
        Xunit.Assert.True(code == Code, $"exit code {Code}, not {code}; it said:\n{Errors}");
        return this;
    }
}
