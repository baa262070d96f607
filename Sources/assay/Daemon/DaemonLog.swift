import Digests
import Foundation
import Model
import Reconciler

/// One JSON object a line on standard error: what a log collector reads.
struct DaemonLog: Sendable {
    let tenant: String
    let clock = HostClock()

    /// `fields` hold names and ids only, never amounts or the content of documents.
    func write(_ event: String, _ fields: [String: JSONValue] = [:], level: String = "info") {
        var value = fields
        value["at"] = .string(clock.now())
        value["event"] = .string(event)
        value["level"] = .string(level)
        value["tenant"] = .string(tenant)
        guard let line = try? CanonicalJSON.encode(.object(value)) else { return }
        FileHandle.standardError.write(Data(line + [0x0a]))
    }

    func error(_ event: String, _ error: any Error) {
        let known = error as? any AssayError
        write(
            event,
            [
                "reason": .string(known?.reason ?? "Unexpected"), "message": .string(known?.message ?? "\(error)"),
                "remedy": .string(known?.remedy ?? ""),
            ], level: "error")
    }
}

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
    func reloading() { notify("RELOADING=1") }
    func stopping() { notify("STOPPING=1") }
    func alive() { notify("WATCHDOG=1") }
    func status(_ text: String) { notify("STATUS=\(text)") }

    private func notify(_ text: String) {
        guard let address, !address.isEmpty, address.utf8.count < 108 else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        // A leading @ stands for the zero byte of an abstract address.
        if path[0] == 0x40 { path[0] = 0 }
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                text.withCString { sendto(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL), address, length) }
            }
        }
    }
}
