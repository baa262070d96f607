import Model

/// What the user typed, after checking it against a command's table.
struct Invocation: Sendable {
    var command: String
    var arguments: [String]
    private var values: [String: [String]] = [:]

    init(command: String, arguments: [String], values: [String: [String]]) {
        self.command = command
        self.arguments = arguments
        self.values = values
    }

    func has(_ flag: String) -> Bool { values[flag] != nil }
    func value(_ option: String) -> String? { values[option]?.last }
    func all(_ option: String) -> [String] { values[option] ?? [] }
    var json: Bool { has("json") }
}

/// A mistake in what was typed; exits with 2.
struct UsageError: AssayError {
    var message: String
    var remedy: String
    var reason: String { "Usage" }
}

/// Parses words against a command's table. GNU conventions: `--name value`, `--name=value`, `-x value`, `--` ends options.
struct Parser {
    let definition: CommandDefinition

    private var options: [OptionDefinition] { definition.options + [.help] }
    private var seeHelp: String { "See 'assay \(definition.name) --help'" }

    func parse(_ words: [String]) throws -> Invocation {
        var arguments: [String] = []
        var values: [String: [String]] = [:]
        var rest = words[...]
        var optionsEnded = false
        while let word = rest.popFirst() {
            if optionsEnded || word == "-" || !word.hasPrefix("-") {
                arguments.append(word)
            } else if word == "--" {
                optionsEnded = true
            } else {
                let (option, attached) = try option(named: word)
                let value = try value(of: option, attached: attached, word: word, rest: &rest)
                if values[option.name] != nil, !option.repeatable, option.value != nil {
                    throw UsageError(message: "--\(option.name) is given twice", remedy: "Give it once")
                }
                values[option.name, default: []].append(value)
            }
        }
        if values["help"] == nil { try check(arguments) }
        return Invocation(command: definition.name, arguments: arguments, values: values)
    }

    private func option(named word: String) throws -> (OptionDefinition, attached: String?) {
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if let option = options.first(where: { $0.name == name }) {
                return (option, parts.count == 2 ? String(parts[1]) : nil)
            }
            let near = nearest(to: name, among: options.map(\.name)).map { "Did you mean --\($0)? " } ?? ""
            throw UsageError(message: "unknown option --\(name)", remedy: near + seeHelp)
        }
        let letter = word.dropFirst().first
        guard let option = options.first(where: { $0.short == letter }) else {
            throw UsageError(message: "unknown option \(word)", remedy: seeHelp)
        }
        let attached = word.dropFirst(2)
        return (option, attached.isEmpty ? nil : String(attached))
    }

    private func value(
        of option: OptionDefinition, attached: String?, word: String, rest: inout ArraySlice<String>
    ) throws -> String {
        guard let placeholder = option.value else {
            if attached != nil { throw UsageError(message: "--\(option.name) takes no value", remedy: seeHelp) }
            return ""
        }
        guard let value = attached ?? rest.popFirst() else {
            throw UsageError(message: "\(word) needs a value", remedy: "Write --\(option.name) \(placeholder)")
        }
        if !option.choices.isEmpty, !option.choices.contains(value) {
            throw UsageError(
                message: "--\(option.name) cannot be '\(value)'",
                remedy: "Give one of: \(option.choices.joined(separator: ", "))")
        }
        return value
    }

    private func check(_ arguments: [String]) throws {
        let required = definition.arguments.filter(\.required).count
        if arguments.count < required {
            let missing = definition.arguments[arguments.count]
            throw UsageError(message: "\(missing.name) is missing: \(missing.help)", remedy: seeHelp)
        }
        if arguments.count > definition.arguments.count {
            throw UsageError(
                message: "'\(arguments[definition.arguments.count])' is one argument too many", remedy: seeHelp)
        }
        for (word, argument) in zip(arguments, definition.arguments)
        where !argument.choices.isEmpty && !argument.choices.contains(word) {
            let near = nearest(to: word, among: argument.choices).map { "Did you mean '\($0)'? " } ?? ""
            throw UsageError(
                message: "\(argument.name) cannot be '\(word)'",
                remedy: near + "Give one of: \(argument.choices.joined(separator: ", "))")
        }
    }
}
