import Glibc
import Synchronization
import Testing

@testable import ChildProcess

/// How children and what they left behind end. No test sleeps: a pipe that all of a group hold open tells when it is gone.
@Suite struct TeardownTests {
    @Test("A deadline kills the child and its grandchildren")
    func deadline() throws {
        let ends = try Descriptor.pipe().ends()
        let witness = Descriptor(owning: ends.reading)
        let command = shell("/bin/sleep 600 & /bin/sleep 600") { $0.descriptors = [3: ends.writing] }
        let result = try ChildProcess.run(command, deadline: .milliseconds(100))
        close(ends.writing)
        #expect(result.status == .deadlineExceeded)
        // End of file comes only when no process holds the other end any more.
        #expect(try witness.readAll().isEmpty)
    }

    @Test("A deadline holds against a child that writes without pause")
    func deadlineWhileWriting() throws {
        let command = Command("/usr/bin/yes")
        let result = try ChildProcess.run(command, deadline: .milliseconds(100), outputLimit: 10)
        #expect(result.status == .deadlineExceeded && result.outputText == "y\ny\ny\ny\ny\n" && result.standardOutputWasCut)
    }

    @Test("A child that dies with its parent does not die with the thread that asked for it")
    func parentDeathSignal() throws {
        let toChild = try Descriptor.pipe().ends(), fromChild = try Descriptor.pipe().ends()
        let witness = Descriptor(owning: fromChild.reading)
        var command = Command(
            "/usr/bin/setpriv", ["--pdeathsig", "KILL", "cat"], environment: ["PATH": "/usr/bin:/bin"],
            standardInput: .descriptor(toChild.reading))
        command.standardOutput = .descriptor(fromChild.writing)
        let asking = command
        let process = Mutex<RunningProcess?>(nil)
        // A thread of its own, which has ended when it is joined.
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let body = Unmanaged.passRetained(Body { process.withLock { $0 = try? RunningProcess.start(asking) } })
        pthread_create(
            thread, nil,
            { body in
                if let body { Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        // The child says by its echo that it has asked to die with its parent.
        let writing = Descriptor(owning: toChild.writing)
        try writing.writeAll([7])
        #expect(try witness.read(exactly: 1) == [7])
        pthread_join(thread.pointee, nil)
        close(toChild.reading)
        close(fromChild.writing)
        try writing.writeAll([8])
        #expect(try witness.read(exactly: 1) == [8])
        _ = consume writing
        let result = try #require(process.withLock { $0 }).wait()
        #expect(result.status == .exited(0))
    }

    @Test("A deadline of zero or in the past kills at once")
    func deadlineInThePast() throws {
        for deadline in [Duration.zero, .seconds(-5)] {
            #expect(try ChildProcess.run(Command("/bin/sleep", ["600"]), deadline: deadline).status == .deadlineExceeded)
        }
    }

    @Test("A grandchild left behind does not outlive the child, nor keep us waiting for its pipes")
    func leftBehind() throws {
        let ends = try Descriptor.pipe().ends()
        let witness = Descriptor(owning: ends.reading)
        let command = shell("/bin/sleep 600 & echo done") { $0.descriptors = [3: ends.writing] }
        let result = try ChildProcess.run(command, deadline: patience)
        close(ends.writing)
        #expect(result.status == .exited(0) && result.outputText == "done\n")
        #expect(try witness.readAll().isEmpty)
    }

    @Test("A process that left the group does not keep us waiting for its pipes")
    func escaped() throws {
        let ends = try Descriptor.pipe().ends()
        let command = shell("/usr/bin/setsid /bin/sh -c 'echo ready >&3; read x <&4' & read x <&5; echo done")
        let hold = try Descriptor.pipe().ends()
        // The escaped process says when it is up; its word is also what the child waits for.
        var copy = command
        copy.descriptors = [3: ends.writing, 4: hold.reading, 5: ends.reading]
        let result = try ChildProcess.run(copy, deadline: patience)
        #expect(result.status == .exited(0) && result.outputText == "done\n")
        for end in [ends.reading, ends.writing, hold.reading, hold.writing] { close(end) }
    }

    @Test("A child that dies with its parent outlives the thread that asked for it")
    func startedByAPassingThread() throws {
        let (input, ready) = (try Descriptor.pipe().ends(), try Descriptor.pipe().ends())
        // As bubblewrap does with --die-with-parent: the kernel means the thread that started the child, not the process.
        let command = shell("exec /usr/bin/setpriv --pdeathsig KILL /bin/sh -c 'echo up >&3; exec /bin/cat 3>&-'") {
            $0.standardInput = .descriptor(input.reading)
            $0.descriptors = [3: ready.writing]
        }
        let started = Mutex<Result<RunningProcess, any Error>?>(nil)
        try joined {
            started.withLock { $0 = Result { try RunningProcess.start(command, deadline: patience) } }
            var byte: UInt8 = 0
            _ = read(ready.reading, &byte, 1)
        }
        _ = write(input.writing, "there\n", 6)
        for end in [input.reading, input.writing, ready.reading, ready.writing] { close(end) }
        let result = try #require(try started.withLock { try $0?.get() }).wait()
        #expect(result.status == .exited(0) && result.outputText == "there\n")
    }

    /// Runs the body on a thread of its own and returns when that thread is gone.
    private func joined(_ body: @escaping @Sendable () -> Void) throws {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            {
                if let box = $0 { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Box(body)).toOpaque())
        try #require(code == 0)
        pthread_join(thread, nil)
    }

    @Test("A running process talks over extra descriptors, and terminate ends it with its group")
    func terminate() throws {
        let toChild = try Descriptor.pipe().ends()
        let fromChild = try Descriptor.pipe().ends()
        let writing = Descriptor(owning: toChild.writing)
        let reading = Descriptor(owning: fromChild.reading)
        let command = shell("/bin/sleep 600 & read line <&3; echo \"got $line\" >&4; wait") {
            $0.descriptors = [3: toChild.reading, 4: fromChild.writing]
        }
        let process = try RunningProcess.start(command, deadline: patience)
        close(toChild.reading)
        close(fromChild.writing)
        try writing.writeAll(Array("hello\n".utf8))
        #expect(try reading.read(exactly: 10) == Array("got hello\n".utf8))
        #expect(process.resultIfEnded == nil)
        process.terminate()
        #expect(try reading.readAll().isEmpty)
        #expect(try process.wait().status == .signalled(SIGKILL))
        process.terminate()
        #expect(try process.wait() == process.resultIfEnded)
    }

    @Test("Cancelling the task kills the process")
    func cancellation() async throws {
        let ends = try Descriptor.pipe().ends()
        let writing = ends.writing
        let task = Task {
            try await ChildProcess.run(
                shell("echo up >&3; /bin/sleep 600 & wait") { $0.descriptors = [3: writing] }, deadline: patience)
        }
        let reading = Descriptor(owning: ends.reading)
        #expect(try reading.read(exactly: 3) == Array("up\n".utf8))
        task.cancel()
        #expect(try await task.value.status == .signalled(SIGKILL))
        close(ends.writing)
        #expect(try reading.readAll().isEmpty)
    }

    @Test("Where there is no pidfd, a waiting thread tells the exit")
    func waitingThread() throws {
        let pid = try Spawn(command: shell("exit 7"), descriptors: [:]).start()
        let watch = try ExitWatch.waitingThread(for: pid)
        #expect(try watch.readAll().isEmpty)
        #expect(ChildHandle(pid: pid).reap() == .exited(7))
    }
}

/// What a thread does.
private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
