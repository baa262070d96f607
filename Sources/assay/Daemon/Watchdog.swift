import Model

/// Feeds the service manager's watchdog for as long as every loop gets on and the store answers.
struct Watchdog: Sendable {
    let core: DaemonCore
    let period: Duration

    func run() async {
        var silent: [String] = []
        while !Task.isCancelled {
            let overdue = core.pulse.overdue()
            if overdue != silent, !overdue.isEmpty {
                core.log.write("watchdog-withheld", ["loops": .array(overdue.map { .string($0) })], level: "error")
            }
            silent = overdue
            // An answer, whichever: a store that hangs gives none, and then nothing is said.
            _ = try? await core.home.context.store.setting("watchdog")
            if overdue.isEmpty { core.manager.alive() }
            try? await Task.sleep(for: period)
        }
    }
}
