import Reconciler

/// Help texts, made from the command tables.
enum Help {
    static let version = Product.version

    static func overview(_ commands: [CommandDefinition]) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        let lines = commands.map { "  \($0.name.padded(to: width))  \($0.summary)" }
        return """
            assay \(version): a merge deploys, a run is a transaction, and a stamp lets anyone replay it.

            Usage: assay COMMAND [ARGUMENTS] [OPTIONS]

            \(lines.joined(separator: "\n"))

            'assay COMMAND --help' explains a command with an example. The tenant home is named by --home or ASSAY_HOME.
            Exit codes: 0 done, 1 failed or differs, 2 usage, 3 refused by policy, 4 waiting for a person,
            10 changes (plan), 75 try again later.

            """
    }

    static func page(_ command: CommandDefinition) -> String {
        let words = command.arguments.map { $0.required ? $0.name : "[\($0.name)]" }
        var text = "assay \(command.name): \(command.summary)\n\n"
        text += "Usage: " + (["assay", command.name] + words + ["[OPTIONS]"]).joined(separator: " ") + "\n"
        if !command.details.isEmpty { text += "\n\(command.details)\n" }
        let arguments = command.arguments.map { argument in
            (argument.name, argument.help + choices(argument.choices))
        }
        if !arguments.isEmpty { text += "\nArguments:\n" + table(arguments) }
        let options = (command.options + [.help]).map { option in
            let short = option.short.map { "-\($0), " } ?? "    "
            let value = option.value.map { " \($0)" } ?? ""
            return (
                "\(short)--\(option.name)\(value)",
                option.help + choices(option.choices) + (option.repeatable ? " (may be repeated)" : "")
            )
        }
        text += "\nOptions:\n" + table(options)
        return text + "\nExample:\n  \(command.example)\n"
    }

    private static func choices(_ words: [String]) -> String {
        words.isEmpty ? "" : ": " + words.joined(separator: ", ")
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \($0.0.padded(to: width))  \($0.1)\n" }.joined()
    }
}

extension String {
    /// Filled with spaces on the right.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    /// Filled with spaces on the left.
    func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
