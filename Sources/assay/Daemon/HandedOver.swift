import Foundation
import GitStore
import Model
import Reconciler

/// What a daemon lends to a command that it carries out for another process.
struct Held: Sendable {
    let home: HeldHome
    /// Who asked, by the kernel's word: `ada`.
    let user: String
    /// Lends what runs need; only where runs are carried out.
    var coordinator: (@Sendable (_ progress: @escaping @Sendable (String) -> Void) async throws -> RunCoordinator)?
    /// Whether what is not begun should be left.
    let isStopping: @Sendable () -> Bool
}

/// A command that another process handed over.
struct HandedOver: Sendable {
    let core: DaemonCore
    let connection: ControlServer.Connection

    var words: [String] { connection.request.words }
    var definition: CommandDefinition? { Commands.all.first { $0.name == words.first } }

    /// Carries it out; what it prints goes to whoever asked. One who has gone before it began does not want it any more.
    func carryOut(
        coordinator: (@Sendable (@escaping @Sendable (String) -> Void) async throws -> RunCoordinator)? = nil
    ) async {
        let name = words.first ?? ""
        guard !connection.isGone else {
            core.log.write("command-abandoned", ["words": .array(words.map { .string($0) })])
            return connection.close()
        }
        core.log.write("command", ["words": .array(words.map { .string($0) }), "user": .string(connection.user)])
        let connection = connection, stopping = core.stopping
        let console = Console(
            colours: connection.request.colours, output: { connection.send(.output($0)) },
            errors: { connection.send(.errors($0)) })
        let held = Held(home: core.home, user: connection.user, coordinator: coordinator, isStopping: { stopping.isOpen })
        let code = await Commands.$console.withValue(console) {
            await Commands.$held.withValue(held) { await App(console: console).execute(words) }
        }
        connection.end(code)
        core.events.send(.commanded(name))
    }

    /// Tells whoever asked that it will not be done.
    func refuse() {
        connection.send(.errors("assay: \(ControlError.stopping.description)\n"))
        connection.end(.tryAgain)
    }
}
