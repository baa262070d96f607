import Foundation
import Model
import Reconciler
import TenantStore

/// Gives a command to the daemon that holds the home, and shows what it answers.
enum Handover {
    /// Whether a daemon holds the home, so that a command which changes it must be handed over.
    static func isNeeded(_ home: TenantHome) -> Bool {
        (try? HomeLock.holder(home: home.path))?.command == Commands.daemonName
    }

    /// Carries the command out in the daemon; what it prints appears here as if it ran here.
    static func run(_ words: [String], home: TenantHome, console: Console) throws -> ExitCode {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw ControlError.unreachable(folder: home.path, why: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        try ControlProtocol.withAddress(home.path) { address, length in
            guard connect(descriptor, address, length) == 0 else {
                throw errno == ENOENT || errno == ECONNREFUSED
                    ? ControlError.noDaemon(folder: home.path)
                    : ControlError.unreachable(folder: home.path, why: String(cString: strerror(errno)))
            }
        }
        sendAll(try ControlProtocol.Request(words: words, colours: console.colours).line, to: descriptor)
        var reader = LineReader(descriptor: descriptor)
        while let line = reader.next(), let reply = ControlProtocol.Reply(line: line) {
            switch reply {
            case .output(let text): console.print(text, terminator: "")
            case .errors(let text): console.raw(text)
            case .exit(let code): return ExitCode(rawValue: code) ?? .failed
            }
        }
        throw ControlError.lost(folder: home.path)
    }
}
