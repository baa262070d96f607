/// Shell completion scripts, made from the command tables.
enum Completion {
    static let shells = ["bash", "zsh", "fish"]

    static func script(for shell: String, commands: [CommandDefinition]) -> String {
        switch shell {
        case "bash": bash(commands)
        case "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + bash(commands)
        default: fish(commands)
        }
    }

    private static func bash(_ commands: [CommandDefinition]) -> String {
        let cases = commands.map { command in
            let words = (command.arguments.flatMap(\.choices) + command.options.map { "--\($0.name)" } + ["--help"])
            return "        \(command.name)) words=\"\(words.joined(separator: " "))\" ;;"
        }
        return """
            _assay() {
                local current="${COMP_WORDS[COMP_CWORD]}" words=""
                if [ "$COMP_CWORD" = 1 ]; then
                    words="\(commands.map(\.name).joined(separator: " "))"
                else case "${COMP_WORDS[1]}" in
            \(cases.joined(separator: "\n"))
                esac; fi
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -o default -F _assay assay

            """
    }

    private static func fish(_ commands: [CommandDefinition]) -> String {
        var lines = commands.map {
            "complete -c assay -f -n __fish_use_subcommand -a \($0.name) -d '\(quoted($0.summary))'"
        }
        for command in commands {
            let here = "complete -c assay -n '__fish_seen_subcommand_from \(command.name)'"
            lines += command.options.map {
                "\(here) -l \($0.name)\($0.value == nil ? "" : " -r") -d '\(quoted($0.help))'"
            }
            lines += command.arguments.flatMap(\.choices).map { "\(here) -f -a \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'")
    }
}
