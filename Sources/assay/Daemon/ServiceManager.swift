import Foundation

/// Tells the service manager how the daemon is, after sd_notify(3): a datagram to the socket it named.
struct ServiceManager: Sendable {
    private let address: String?
    /// How often the manager wants to hear from us, if it does.
    let watchdog: Duration?

    init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"]
        let mine = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        watchdog = mine ? environment["WATCHDOG_USEC"].flatMap(Int64.init).map { .microseconds($0 / 2) } : nil
    }

    func ready() { notify("READY=1") }
    /// The time tells a manager of systemd 253 or later which reload a later READY=1 ends.
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        notify("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)")
    }
    func stopping() { notify("STOPPING=1") }
    // What is soon said again is not worth waiting for: a manager that does not listen must never hold up the daemon.
    func alive() { notify("WATCHDOG=1", waiting: false) }
    func status(_ text: String) { notify("STATUS=\(text)", waiting: false) }

    private func notify(_ text: String, waiting: Bool = true) {
        guard let address, !address.isEmpty, address.utf8.count < 108 else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let flags = Int32(MSG_NOSIGNAL) | (waiting ? 0 : Int32(MSG_DONTWAIT))
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        // A leading @ stands for the zero byte of an abstract address.
        if path[0] == 0x40 { path[0] = 0 }
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                text.withCString { sendto(descriptor, $0, strlen($0), flags, address, length) }
            }
        }
    }
}
