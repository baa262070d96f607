import Glibc

/// A lock on a folder that the kernel gives back when its holders end, however they end.
///
/// A child that is given the descriptor holds it too.
final class FolderLock {
    let descriptor: Int32

    /// Takes the lock at once, or is `nil` where it is taken or the folder cannot be opened.
    convenience init?(_ path: String) { self.init(path, LOCK_EX | LOCK_NB) }

    /// Waits for the lock; `nil` where the folder cannot be opened, with the reason in `errno`.
    convenience init?(waitingFor path: String) { self.init(path, LOCK_EX) }

    private init?(_ path: String, _ operation: Int32) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        while flock(descriptor, operation) != 0 {
            // Closed by `deinit`.
            guard errno == EINTR else { return nil }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
