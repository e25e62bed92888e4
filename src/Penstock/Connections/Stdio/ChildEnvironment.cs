using System.Collections;

namespace Penstock.Connections.Stdio;

/// <summary>
/// A server's environment: what programs need to find their files, the network and the user's language, and what the options name. The rest of
/// ours, where keys and tokens live, is not passed on. <see cref="StdioTransport.Environment"/> documents the set.
/// </summary>
internal static class ChildEnvironment
{
    private static readonly HashSet<string> Inherited = new(StringComparer.Ordinal)
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TMP", "TEMP",
        "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NVM_DIR", "NVM_BIN", "JAVA_HOME", "VIRTUAL_ENV", "PYTHONPATH",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    };

    private static readonly string[] InheritedPrefixes = ["LC_", "XDG_", "npm_config_", "NPM_CONFIG_", "DOTNET_ROOT"];

    // npm's settings may hold what logs in to a registry.
    private static readonly string[] SecretParts = ["auth", "token", "password"];

    /// <summary>The variables as NAME=value, the mark first, where the keeper's search finds it soonest.</summary>
    internal static List<string> Build(IDictionary<string, string> given, string mark)
    {
        var variables = new List<string>(32) { $"{Keeper.Variable}={mark}" };
        foreach (DictionaryEntry own in Environment.GetEnvironmentVariables())
        {
            var name = (string)own.Key;
            if (IsInherited(name) && !given.ContainsKey(name))
            {
                variables.Add($"{name}={own.Value}");
            }
        }

        foreach (var (name, value) in given)
        {
            if (name != Keeper.Variable)
            {
                variables.Add($"{name}={value}");
            }
        }

        return variables;
    }

    /// <summary>The PATH that the server will have, and on which its command is looked up.</summary>
    internal static string? PathOf(IDictionary<string, string> given) =>
        given.TryGetValue("PATH", out var path) ? path : Environment.GetEnvironmentVariable("PATH");

    private static bool IsInherited(string name) =>
        Inherited.Contains(name) ||
        (Array.Exists(InheritedPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) &&
            !Array.Exists(SecretParts, part => name.Contains(part, StringComparison.OrdinalIgnoreCase)));
}
