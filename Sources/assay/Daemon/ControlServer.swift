import Foundation
import Model
import Reconciler

/// Listens on the home's control socket, on a thread of its own, and gives each request to the daemon.
///
/// Only the home's owner and root are answered: whoever can reach the socket could otherwise run code of the home.
final class ControlServer: Sendable {
    /// One request, with the connection that waits for its answer.
    struct Connection: Sendable {
        let descriptor: Int32
        let request: ControlProtocol.Request
        /// The user of the process at the other end.
        let user: String

        func send(_ reply: ControlProtocol.Reply) { sendAll(reply.line, to: descriptor) }
        func end(_ code: ExitCode) {
            send(.exit(code.rawValue))
            close()
        }
        func close() { Glibc.close(descriptor) }

        /// Whether the other end was closed: nobody waits for an answer.
        var isGone: Bool {
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLHUP) != 0
        }
    }

    private let listener: Int32
    private let path: String

    /// Makes the socket anew: one that a killed daemon left behind answers nobody. The caller holds the home's lock.
    init(home: TenantHome) throws {
        path = home.path + "/control.sock"
        unlink(path)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let listener = listener
        try ControlProtocol.withAddress(home.path) { address, length in
            guard listener >= 0, bind(listener, address, length) == 0, listen(listener, 64) == 0 else {
                throw ControlError.unreachable(folder: home.path, why: String(cString: strerror(errno)))
            }
        }
        chmod(path, 0o600)
    }

    /// Accepts until `stop`; each connection is read on a thread of its own, so that a silent one holds up nobody.
    func start(_ deliver: @escaping @Sendable (Connection) -> Void) {
        let listener = listener
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard descriptor >= 0 else { return }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                guard let user = Self.trustedUser(descriptor) else {
                    close(descriptor)
                    continue
                }
                Thread.detachNewThread { Self.read(descriptor, user, deliver) }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private static func read(_ descriptor: Int32, _ user: String, _ deliver: @Sendable (Connection) -> Void) {
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var reader = LineReader(descriptor: descriptor)
        guard let line = reader.next(), let request = ControlProtocol.Request(line: line) else {
            close(descriptor)
            return
        }
        deliver(Connection(descriptor: descriptor, request: request, user: user))
    }

    /// The name of the user at the other end, where that is one who may command this home.
    private static func trustedUser(_ descriptor: Int32) -> String? {
        var peer = PeerCredentials()
        var length = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.uid == getuid() || peer.uid == 0
        else { return nil }
        var entry = passwd(), found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(peer.uid, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return String(peer.uid)
        }
        return String(cString: name)
    }

    /// `struct ucred` of <sys/socket.h>, which needs _GNU_SOURCE there.
    private struct PeerCredentials {
        var pid: pid_t = 0
        var uid: uid_t = .max
        var gid: gid_t = .max
    }
}
