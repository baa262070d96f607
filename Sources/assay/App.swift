import Foundation
import Model

/// Runs one command line and turns whatever it throws into one line and an exit code.
struct App {
    let console: Console

    /// A command line that came over the control socket: only what changes the home is carried out there.
    func execute(_ words: [String]) async -> ExitCode {
        guard let command = Commands.all.first(where: { $0.name == words.first }), command.changesHome else {
            return report(UsageError(message: "the daemon does not carry out this command", remedy: "Run it without the daemon"))
        }
        return await run(words)
    }

    func run(_ words: [String]) async -> ExitCode {
        guard let first = words.first, first != "--help", first != "-h", first != "help" || words.count > 1 else {
            console.print(Help.overview(Commands.all), terminator: "")
            return words.isEmpty ? .usage : .done
        }
        if first == "--version" {
            console.print("assay \(Help.version)")
            return .done
        }
        // `assay help run` is what people type.
        let (name, rest) = first == "help" ? (words[1], ["--help"]) : (first, Array(words.dropFirst()))
        guard let command = (Commands.all + Commands.hidden).first(where: { $0.name == name }) else {
            let near = nearest(to: name, among: Commands.all.map(\.name)).map { "Did you mean '\($0)'? " } ?? ""
            return report(
                UsageError(message: "there is no command '\(name)'", remedy: near + "'assay --help' lists them"))
        }
        do {
            var (words, invocation) = (words, try Parser(definition: command).parse(rest))
            if invocation.has("help") {
                console.print(Help.page(command), terminator: "")
                return .done
            }
            if Commands.held == nil, let prepare = command.prepare {
                guard let prepared = try await prepare(invocation) else { return .done }
                words = [name] + prepared
                invocation = try Parser(definition: command).parse(prepared)
            }
            // What is wrong with the words themselves is told by the command, which also says when no home is named.
            if command.changesHome, !invocation.has("dry-run"), Commands.held == nil,
                let home = try? Commands.home(invocation), Handover.isNeeded(home)
            {
                return try Handover.run(words, home: home, console: console)
            }
            return try await command.run(invocation)
        } catch {
            return report(error)
        }
    }

    private func report(_ error: any Error) -> ExitCode {
        let text: String
        let code: ExitCode
        switch error {
        case let error as UsageError:
            (text, code) = (error.description, .usage)
        case let error as any AssayError:
            text = error.description
            code = error.disposition == .stall || ExitCode.refusal(error.reason) == .refused ? .refusal(error.reason) : .tryAgain
        default:
            (text, code) = ("unexpected: \(error)", .failed)
        }
        console.message(console.paint("assay: ", .red) + text)
        return code
    }
}
