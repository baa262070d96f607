import Glibc

/// Carries one child from its start to its result: feeds its input, collects its output, keeps its deadline, reaps it.
///
/// One loop around `poll` does all of it, so that a child that fills both pipes cannot block and nothing wakes up
/// needlessly. When the child has ended its whole process group is killed before it is reaped: a grandchild does not
/// outlive it.
///
/// Unchecked: it is made by the thread that starts the child and then used by the one thread that calls `run`, once.
final class ProcessLoop: @unchecked Sendable {
    let child: ChildHandle
    private let exit: Descriptor
    private let deadline: ContinuousClock.Instant?
    private var input: InputFeeder?
    private let output: OutputCollector?
    private let error: OutputCollector?
    private var outputIsOpen: Bool
    private var errorIsOpen: Bool
    private var timedOut = false

    /// Starts the child.
    init(starting command: Command, deadline: Duration?, outputLimit: Int) throws {
        let pipes = try ProcessPipes(command, outputLimit: outputLimit)
        let pid = try Spawn(command: command, descriptors: pipes.childDescriptors).start()
        if case .foreground(let terminal) = command.isolation {
            child = ChildHandle(pid: pid, terminal: terminal)
        } else {
            child = ChildHandle(pid: pid)
        }
        self.deadline = deadline.map { ContinuousClock.now.advanced(by: $0) }
        input = pipes.input
        output = pipes.output
        error = pipes.error
        outputIsOpen = output != nil
        errorIsOpen = error != nil
        do {
            exit = try ExitWatch.descriptor(for: pid)
        } catch {
            // Nobody would watch it: it must not stay behind.
            child.killGroup()
            _ = child.reap()
            throw error
        }
    }

    /// Blocks until the child has ended. Where our own pipes fail the child is killed and reaped all the same.
    func run() throws -> ProcessResult {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { scratch.deallocate() }
        do {
            while !(try step(scratch)) {}
        } catch {
            child.killGroup()
            _ = ExitWatch.waitForExit(of: child.pid)
            _ = child.reap()
            throw error
        }
        let status = child.reap()
        // What the child wrote before it ended is still in the pipes. The bound is for a process that left the group
        // and goes on writing: a pipe of ours never holds more.
        try drain(output, scratch, isOpen: outputIsOpen)
        try drain(error, scratch, isOpen: errorIsOpen)
        return ProcessResult(
            status: timedOut ? .deadlineExceeded : status,
            standardOutput: output?.kept ?? [], standardError: error?.kept ?? [],
            standardOutputWasCut: output?.wasCut ?? false, standardErrorWasCut: error?.wasCut ?? false)
    }

    /// Waits once and serves what is ready; `true` when the child has ended. `poll` skips negative descriptors.
    private func step(_ scratch: UnsafeMutableRawBufferPointer) throws -> Bool {
        var entries = [
            pollfd(fd: exit.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: outputIsOpen ? output?.descriptor.raw ?? -1 : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errorIsOpen ? error?.descriptor.raw ?? -1 : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input?.descriptor.raw ?? -1, events: Int16(POLLOUT), revents: 0),
        ]
        let ready = poll(&entries, nfds_t(entries.count), timeout())
        guard ready >= 0 || errno == EINTR else { throw ProcessError.inputOutput("wait for process \(child.pid)") }
        guard ready >= 0 else { return false }
        // The deadline is looked at on every turn: a child that writes without pause must not put it off.
        if let deadline, !timedOut, entries[0].revents == 0, ContinuousClock.now >= deadline {
            timedOut = true
            child.killGroup()
        }
        if entries[1].revents != 0, try output?.read(scratch) == 0 { outputIsOpen = false }
        if entries[2].revents != 0, try error?.read(scratch) == 0 { errorIsOpen = false }
        if entries[3].revents != 0, try input?.write() == true { input = nil }
        return entries[0].revents != 0
    }

    /// Milliseconds for `poll`, rounded up so that it does not spin just before the deadline.
    private func timeout() -> Int32 {
        guard let deadline, !timedOut else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        guard left.seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func drain(_ collector: OutputCollector?, _ scratch: UnsafeMutableRawBufferPointer, isOpen: Bool) throws {
        guard let collector, isOpen else { return }
        var drained = 0
        while drained < 1 << 20, let count = try collector.read(scratch), count > 0 { drained += count }
    }
}
