import CSpawn
import Dispatch
import Glibc

/// A descriptor that becomes readable when a child has ended, so that one `poll` waits for exit, pipes and deadline.
///
/// It is a pidfd. Where the kernel has none, a thread waits for the child without reaping it and then closes the
/// writing end of a pipe, which `poll` shows just the same.
enum ExitWatch {
    static func descriptor(for pid: pid_t) throws -> Descriptor {
        let raw = assay_pidfd_open(pid)
        if raw >= 0 { return Descriptor(owning: raw) }
        guard errno == ENOSYS || errno == EPERM else { throw ProcessError.inputOutput("watch process \(pid)") }
        return try waitingThread(for: pid)
    }

    static func waitingThread(for pid: pid_t) throws -> Descriptor {
        let pipe = try Descriptor.pipe()
        let ends = pipe.ends()
        DispatchQueue(label: "assay.exit-watch").async {
            _ = waitForExit(of: pid)
            close(ends.writing)
        }
        return Descriptor(owning: ends.reading)
    }

    /// Blocks until the child has ended and leaves it unreaped: its pid, and so its group, cannot be reused yet.
    static func waitForExit(of pid: pid_t) -> Bool {
        var info = siginfo_t()
        while true {
            if waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == 0 { return true }
            if errno != EINTR { return false }
        }
    }
}
