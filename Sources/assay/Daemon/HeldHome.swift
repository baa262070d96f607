import GitStore
import Model
import Reconciler
import Synchronization

/// The home that this daemon holds: its settings, which can be read again, and the one mirror that all its loops share.
///
/// One mirror, because two handles would take each other's locks on references, and a warm one is faster.
final class HeldHome: Sendable {
    private struct State {
        var context: HomeContext
        var mirror: Mirror?
        /// Grows when either is replaced.
        var generation = 0
    }
    private let state: Mutex<State>

    init(_ context: HomeContext) { state = Mutex(State(context: context)) }

    var context: HomeContext { state.withLock { $0.context } }
    var generation: Int { state.withLock { $0.generation } }

    func mirror() throws -> Mirror {
        try state.withLock { state in
            if let mirror = state.mirror { return mirror }
            let mirror = try state.context.mirror()
            state.mirror = mirror
            return mirror
        }
    }

    /// Reads the settings again. Whatever is under way goes on with the earlier ones.
    func reload() throws {
        let context = try context.reloaded()
        state.withLock {
            $0.context = context
            $0.mirror = nil
            $0.generation += 1
        }
    }

    /// Opens the mirror anew next time, where the error may come from what an open one remembers.
    func forgetMirror(after error: any Error) {
        let reasons = ["MirrorMissing", "MirrorCorrupted", "MirrorUnwritable", "GitObjectMissing", "GitObjectCorrupted"]
        guard let error = error as? any AssayError, reasons.contains(error.reason) else { return }
        state.withLock {
            $0.mirror = nil
            $0.generation += 1
        }
    }
}
