/// What a command is called, takes and does: the one table behind parsing, help and shell completion.
struct CommandDefinition: Sendable {
    var name: String
    /// One line, without a full stop.
    var summary: String
    var arguments: [ArgumentDefinition] = []
    var options: [OptionDefinition] = []
    /// A paragraph for `--help`; may be empty.
    var details = ""
    /// A line that can be typed as it stands.
    var example: String
    /// Whether it changes the home, so that a daemon which holds the home must carry it out.
    var changesHome = false
    /// Where a daemon carries it out.
    var lane = Lane.passes
    /// What has to happen in the person's own process, wherever the command is then carried out, such as signing.
    ///
    /// Gives the words to carry out, without the command's name; `nil` where nothing is left to do.
    var prepare: (@Sendable (Invocation) async throws -> [String]?)?
    var run: @Sendable (Invocation) async throws -> ExitCode
}

/// What a command that a daemon carries out takes its turn with.
enum Lane: Sendable {
    /// One after another with passes.
    case passes
    /// One after another with the runs of schedules.
    case runs
    /// With nothing: it is one short transaction.
    case atOnce
}

struct ArgumentDefinition: Sendable {
    /// As shown in help, such as `RUN`.
    var name: String
    var help: String
    var required = true
    /// What the shell should offer: a fixed set of words, or nothing.
    var choices: [String] = []
}

struct OptionDefinition: Sendable {
    /// Without the dashes.
    var name: String
    /// One letter, for the few that deserve one.
    var short: Character?
    /// `nil` for a flag; otherwise the placeholder of its value.
    var value: String?
    var help: String
    var repeatable = false
    var choices: [String] = []

    static func flag(_ name: String, _ help: String) -> OptionDefinition {
        OptionDefinition(name: name, short: nil, value: nil, help: help)
    }
    static func value(
        _ name: String, _ placeholder: String, _ help: String, short: Character? = nil, repeatable: Bool = false,
        choices: [String] = []
    ) -> OptionDefinition {
        OptionDefinition(
            name: name, short: short, value: placeholder, help: help, repeatable: repeatable, choices: choices)
    }

    static let home = value("home", "DIR", "the tenant home (default: $ASSAY_HOME)")
    static let json = flag("json", "stable JSON on standard output, and nothing else there")
    static let help = OptionDefinition(name: "help", short: "h", value: nil, help: "show this help")
}

/// Exit codes that scripts may rely on.
enum ExitCode: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case refused = 3
    case waiting = 4
    case changes = 10
    case tryAgain = 75

    /// What a refusal exits with: 3 where a policy or the lack of a signature is the reason, else 1.
    static func refusal(_ reason: String) -> ExitCode {
        ["PolicyDenied", "SignatureMissing", "SignatureInvalid", "SignerUnauthorised", "ReviewMissing"].contains(reason) ? .refused : .failed
    }
}
