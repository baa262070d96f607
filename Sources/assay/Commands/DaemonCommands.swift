import Foundation
import Model
import Reconciler
import TenantStore

extension Commands {
    /// How the lock's holder and the control socket name these two.
    static let daemonName = "daemon"
    static let notifyName = "notify"

    static let daemon = CommandDefinition(
        name: daemonName, summary: "watch the repository, keep the tenant reconciled, and run what schedules ask for",
        options: [.home],
        details: "Polls as config.yaml says (poll.interval, 5 % jitter), logs JSON lines to standard error, and carries out what other "
            + "commands hand over through the home's control socket. SIGTERM stops it after the run in flight, a second one at once; SIGHUP reads config.yaml again. "
            + "Ready for systemd: share/assay@.service.",
        example: "assay daemon --home /srv/assay/alder"
    ) { invocation in
        let home = try home(invocation)
        try HomeContext.requireHome(home)
        let lock = try HomeLock.acquire(home: home.path, command: daemonName, since: HostClock().now())
        defer { lock.release() }
        try await Daemon(home: home, environment: environment).run()
        return .done
    }

    static let notify = CommandDefinition(
        name: notifyName, summary: "wake the daemon, for example from a hook of the repository",
        options: [.home],
        details: "Only wakes it: the daemon looks for itself what is new. Exit 0 when it was told.",
        example: "assay notify --home /srv/assay/alder"
    ) { invocation in
        try Handover.run([notifyName], home: try home(invocation), console: console)
    }
}
