using System.Runtime.Versioning;
using Penstock.Connections.Stdio;
using Xunit;

namespace Penstock.Tests.Connections.Stdio;

[UnsupportedOSPlatform("windows")]
public sealed class CommandLookupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public CommandLookupTests()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "bin"));
        Add("bin/tool", isExecutable: true);
        Add("bin/text", isExecutable: false);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Find_NameOnPath_IsItsFile() =>
        Assert.Equal(Path.Combine(_directory, "bin/tool"), CommandLookup.Find("tool", $"/nonexistent:{_directory}/bin", null));

    [Fact]
    public void Find_RelativePath_StartsAtTheWorkingDirectory() =>
        Assert.Equal(Path.Combine(_directory, "bin/tool"), CommandLookup.Find("./bin/tool", null, _directory));

    [Fact]
    public void Find_UnknownName_SaysWhatToDo()
    {
        var failure = Assert.Throws<FileNotFoundException>(() => CommandLookup.Find("no-such-tool", $"{_directory}/bin", null));

        Assert.Equal("command 'no-such-tool' was not found on PATH; install it or give its full path.", failure.Message);
    }

    [Fact]
    public void Find_UnknownPath_NamesIt()
    {
        var failure = Assert.Throws<FileNotFoundException>(() => CommandLookup.Find("bin/none", null, _directory));

        Assert.Contains($"{_directory}/bin/none", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NotExecutable_SaysSo()
    {
        AssertRefused("not executable", () => CommandLookup.Find("text", $"{_directory}/bin", null));
        AssertRefused("not executable", () => CommandLookup.Find("bin/text", null, _directory));
    }

    [Fact]
    public void Find_Directory_SaysSo() =>
        AssertRefused("is a directory", () => CommandLookup.Find("./bin", null, _directory));

    [Fact]
    public void Find_NoWorkingDirectory_SaysSo() =>
        Assert.Throws<DirectoryNotFoundException>(() => CommandLookup.Find("sh", null, _directory + "/none"));

    private static void AssertRefused(string reason, Func<object> find) =>
        Assert.Contains(reason, Assert.Throws<IOException>(find).Message, StringComparison.Ordinal);

    private void Add(string name, bool isExecutable)
    {
        var file = Path.Combine(_directory, name);
        File.WriteAllText(file, "#!/bin/sh\n");
        File.SetUnixFileMode(file, isExecutable ? UnixFileMode.UserRead | UnixFileMode.UserExecute : UnixFileMode.UserRead);
    }
}
