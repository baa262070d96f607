/// What all parts of a daemon share.
struct DaemonCore: Sendable {
    let home: HeldHome
    let log: DaemonLog
    let manager: ServiceManager
    let status: StatusLine
    let events = DaemonEvents()
    let pulse = Pulse()
    /// Opens once an interrupted plan is finished: before that nothing reads what is deployed.
    let ready = Latch()
    /// Opens when the daemon is told to stop.
    let stopping = Latch()

    init(home: HeldHome, log: DaemonLog, manager: ServiceManager) {
        self.home = home
        self.log = log
        self.manager = manager
        status = StatusLine(manager)
    }
}
