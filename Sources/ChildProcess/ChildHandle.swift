import Glibc
import Synchronization

/// A child that we started and that nobody else reaps: the one place that kills and reaps it.
final class ChildHandle: Sendable {
    let pid: pid_t
    private let reaped = Mutex(false)
    /// The terminal whose foreground the child was given.
    private let terminal: Int32?

    init(pid: pid_t, terminal: Int32? = nil) {
        self.pid = pid
        self.terminal = terminal
    }

    /// Kills the whole process group. Once the child is reaped its number may belong to somebody else, so then it does
    /// nothing.
    func killGroup() {
        reaped.withLock { reaped in
            if !reaped { _ = kill(-pid, SIGKILL) }
        }
    }

    /// Takes the status of the child that has ended, after killing what is left of its group.
    func reap() -> ProcessStatus {
        reaped.withLock { reaped in
            _ = kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            reaped = true
            if let terminal { Self.takeForeground(of: terminal) }
            let signal = status & 0x7F
            return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
        }
    }

    /// We are in the background there, where asking for it would stop us.
    private static func takeForeground(of terminal: Int32) {
        var (stops, before) = (sigset_t(), sigset_t())
        sigemptyset(&stops)
        sigaddset(&stops, SIGTTOU)
        pthread_sigmask(SIG_BLOCK, &stops, &before)
        tcsetpgrp(terminal, getpgrp())
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
