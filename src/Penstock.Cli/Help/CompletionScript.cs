using System.Text;

namespace Penstock.Cli.Help;

/// <summary>
/// The scripts. They hold every word themselves: a start of the command for each press of the tab key would be felt. Pure.
/// </summary>
internal static class CompletionScript
{
    private const string Head = "# Completion of the penstock command. Made by: penstock completion ";

    public static string Bash(IReadOnlyList<CompletedVerb> verbs)
    {
        var script = new StringBuilder(Head).Append("bash\n_penstock() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n    COMPREPLY=()\n");
        script.Append($"    if (( COMP_CWORD == 1 )); then\n        words='{string.Join(' ', verbs.Select(static v => v.Name))} --help --version'\n    else\n");
        script.Append("        case ${COMP_WORDS[1]}:$prev in\n");
        foreach (var verb in verbs)
        {
            foreach (var option in verb.Options.Where(static o => o.Value is not null))
            {
                script.Append($"            {verb.Name}:{option.Name}) {$"{BashValue(option.Value!)} return".TrimStart()} ;;\n");
            }
        }

        script.Append("        esac\n        case ${COMP_WORDS[1]} in\n");
        foreach (var verb in verbs)
        {
            var argument = verb.Argument is { } value ? BashValue(value) : "";
            script.Append($"            {verb.Name})\n                if [[ $cur != -* ]]; then {(argument.Length > 0 ? argument : ":;")} return; fi\n");
            script.Append($"                words='{string.Join(' ', verb.Options.Select(static o => o.Name))}' ;;\n");
        }

        return script.Append("        esac\n    fi\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\ncomplete -o filenames -F _penstock penstock\n").ToString();
    }

    public static string Zsh(IReadOnlyList<CompletedVerb> verbs)
    {
        var script = new StringBuilder("#compdef penstock\n").Append(Head).Append("zsh\n_penstock() {\n    if (( CURRENT == 2 )); then\n        local -a verbs=(\n");
        foreach (var verb in verbs)
        {
            script.Append($"            '{verb.Name}:{verb.Description}'\n");
        }

        script.Append("        )\n        _describe verb verbs\n        return\n    fi\n    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $verb in\n");
        foreach (var verb in verbs)
        {
            script.Append($"        {verb.Name})\n            _arguments");
            foreach (var option in verb.Options)
            {
                // Brackets and colons have a meaning of their own there.
                var text = option.Description.Replace("[", "(", StringComparison.Ordinal).Replace("]", ")", StringComparison.Ordinal).Replace(":", ",", StringComparison.Ordinal);
                script.Append($" \\\n                '*{option.Name}[{text}]{(option.Value is { } value ? $":value:{ZshValue(value)}" : "")}'");
            }

            script.Append(verb.Argument is { } argument ? $" \\\n                '*:argument:{ZshValue(argument)}'\n            ;;\n" : "\n            ;;\n");
        }

        // Sourced it registers itself; as a file of fpath it is the body of the function.
        return script.Append("    esac\n}\nif [[ $funcstack[1] == _penstock ]]; then _penstock \"$@\"; else compdef _penstock penstock; fi\n").ToString();
    }

    public static string Fish(IReadOnlyList<CompletedVerb> verbs)
    {
        var script = new StringBuilder(Head).Append("fish\ncomplete -c penstock -f\n");
        foreach (var verb in verbs)
        {
            script.Append($"complete -c penstock -n __fish_use_subcommand -a {verb.Name} -d '{verb.Description}'\n");
            var when = $"complete -c penstock -n '__fish_seen_subcommand_from {verb.Name}'";
            if (verb.Argument is { } argument && FishValue(argument) is { Length: > 0 } words)
            {
                script.Append($"{when} {words}\n");
            }

            foreach (var option in verb.Options)
            {
                var value = option.Value is { } v ? $" -r {FishValue(v)}".TrimEnd() : "";
                script.Append($"{when} -l {option.Name[2..]} -d '{option.Description}'{value}\n");
            }
        }

        return script.ToString();
    }

    /// <summary>A statement, or none. A file's name may hold spaces, so lines are read, and not words.</summary>
    private static string BashValue(CompletedValue value) => value switch
    {
        { IsFile: true } => "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\");",
        { Values.Count: > 0 } => $"mapfile -t COMPREPLY < <(compgen -W '{string.Join(' ', value.Values)}' -- \"$cur\");",
        _ => "",
    };

    private static string ZshValue(CompletedValue value) => value.IsFile ? "_files" : value.Values.Count > 0 ? $"({string.Join(' ', value.Values)})" : " ";

    private static string FishValue(CompletedValue value) => value.IsFile ? "-F" : value.Values.Count > 0 ? $"-a '{string.Join(' ', value.Values)}'" : "";
}
