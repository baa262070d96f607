import Digests
import Glibc
import Model

/// The lock of a tenant home: whoever changes things holds it, one process at a time.
///
/// The kernel releases it when the process ends, however it ends. The holder writes into the file who it is, so that
/// the one who is refused can be told. Commands that only read do not need it.
///
/// It belongs to the open file, as `flock`'s does and a process's record lock does not; unlike `flock`'s, it can be asked
/// after without taking it.
public final class HomeLock: Sendable {
    public struct Holder: Hashable, Sendable, Codable {
        public var pid: Int32
        public var command: String
        /// RFC 3339, UTC.
        public var since: String

        public init(pid: Int32, command: String, since: String) {
            self.pid = pid
            self.command = command
            self.since = since
        }
    }

    // Linux's F_OFD_GETLK and F_OFD_SETLK (the same on every architecture), which the Glibc module does not show.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    // Closing gives the lock back. The file stays: removing it would let two processes lock two files of one name.
    deinit { close(descriptor) }

    public static func path(inHome home: String) -> String { home + "/lock" }

    /// Takes the lock, or throws `homeLocked` with its holder at once.
    public static func acquire(home: String, command: String, since: String) throws -> HomeLock {
        let path = path(inHome: home)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
        let lock = HomeLock(descriptor: descriptor)
        var wanted = wholeFile(F_WRLCK)
        guard fcntl(descriptor, setLock, &wanted) == 0 else {
            guard errno == EAGAIN || errno == EACCES else { throw FileSystem.failure("lock", path) }
            throw StoreError.homeLocked(path: path, holder: read(descriptor))
        }
        let text = try CanonicalJSON.encode(Holder(pid: getpid(), command: command, since: since))
        guard ftruncate(descriptor, 0) == 0 else { throw FileSystem.failure("ftruncate", path) }
        try text.withUnsafeBytes { try FileSystem.write($0, to: descriptor, path: path) }
        return lock
    }

    /// Who holds the lock now, if anyone does.
    public static func holder(home: String) throws -> Holder? {
        let path = path(inHome: home)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileSystem.failure("open", path)
        }
        defer { close(descriptor) }
        var asked = wholeFile(F_WRLCK)
        guard fcntl(descriptor, getLock, &asked) == 0 else { throw FileSystem.failure("lock", path) }
        if Int32(asked.l_type) == F_UNLCK { return nil }
        return read(descriptor) ?? Holder(pid: 0, command: "unknown", since: "")
    }

    /// Gives the lock back before the object goes away; doing so twice changes nothing.
    public func release() {
        var unlocked = HomeLock.wholeFile(F_UNLCK)
        _ = fcntl(descriptor, HomeLock.setLock, &unlocked)
    }

    private static func wholeFile(_ type: Int32) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }

    /// What the holder wrote; `nil` in the moment before it has.
    private static func read(_ descriptor: Int32) -> Holder? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try? CanonicalJSON.decode(Holder.self, from: Array(bytes[..<count]))
    }
}
