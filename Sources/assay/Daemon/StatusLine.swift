import Synchronization

/// One line that says how the daemon is, for `systemctl status`.
final class StatusLine: Sendable {
    struct Parts: Equatable {
        /// `ready at 1a2b3c4d5e`.
        var outcome = "starting"
        /// What runs now; empty where nothing does.
        var running = ""
        /// Requests and starts that wait for it.
        var waiting = 0
        /// What became of the last start of a schedule; empty before the first.
        var lastStart = ""

        var text: String {
            var text = outcome
            if !running.isEmpty { text += "; running \(running)" }
            if waiting > 0 { text += "; \(waiting) waiting" }
            if !lastStart.isEmpty { text += "; \(lastStart)" }
            return text
        }
    }

    private let parts = Mutex(Parts())
    private let manager: ServiceManager

    init(_ manager: ServiceManager) { self.manager = manager }

    func update(_ change: (inout Parts) -> Void) {
        let changed = parts.withLock { parts -> String? in
            let before = parts
            change(&parts)
            return parts == before ? nil : parts.text
        }
        if let changed { manager.status(changed) }
    }
}
