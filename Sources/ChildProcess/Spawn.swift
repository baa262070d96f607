import CSpawn
import Glibc

/// The call of `posix_spawn`, and nothing else.
///
/// The child's descriptors are first duplicated above all of the child's numbers, so that no `dup2` can overwrite the
/// source of a later one; then everything that was not asked for is closed in the child, also what some library of ours
/// opened without close-on-exec.
struct Spawn {
    let command: Command
    /// The child's descriptor → ours, 0, 1 and 2 included.
    let descriptors: [Int32: Int32]

    func start() throws -> pid_t {
        try check()
        let highest = max(2, descriptors.keys.max() ?? 2)
        var sources: [(child: Int32, source: Int32)] = []
        defer { for pair in sources { close(pair.source) } }
        for (child, ours) in descriptors {
            let source = fcntl(ours, F_DUPFD_CLOEXEC, highest + 1)
            guard source >= 0 else { throw ProcessError.inputOutput("duplicate descriptor \(ours)") }
            sources.append((child, source))
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if case .foreground(let terminal) = command.isolation { posix_spawn_file_actions_addtcsetpgrp_np(&actions, terminal) }
        for pair in sources { posix_spawn_file_actions_adddup2(&actions, pair.source, pair.child) }
        for unused in 0...highest where descriptors[unused] == nil {
            posix_spawn_file_actions_addclose(&actions, unused)
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, highest + 1)
        if let directory = command.workingDirectory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        return try spawn(&actions)
    }

    private func spawn(_ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child starts with no signal blocked and none ignored: both are inherited, and we ignore SIGPIPE.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        switch command.isolation {
        case .processGroup:
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
        case .foreground:
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
        case .session: flags |= Int32(POSIX_SPAWN_SETSID)
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let environment = command.environment.map { "\($0.key)=\($0.value)" }.sorted()
        var pid: pid_t = 0
        let code = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(environment) { posix_spawn(&pid, command.executable, &actions, &attributes, arguments, $0) }
        }
        guard code == 0 else { throw failure(code) }
        return pid
    }

    private func check() throws {
        func refuse(_ problem: String) -> ProcessError { .invalidCommand(path: command.executable, problem: problem) }
        guard command.executable.hasPrefix("/") else { throw refuse("the path is not absolute") }
        let texts = [command.executable, command.workingDirectory ?? ""] + command.arguments
            + Array(command.environment.keys) + Array(command.environment.values)
        guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw refuse("a text holds a NUL byte") }
        guard !command.environment.keys.contains(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) else {
            throw refuse("a variable's name is empty or holds '='")
        }
        guard command.descriptors.keys.allSatisfy({ (3...255).contains($0) }) else {
            throw refuse("extra descriptors are numbered from 3 to 255")
        }
    }

    /// `posix_spawn` says ENOENT for a missing program, interpreter and directory alike.
    private func failure(_ code: Int32) -> ProcessError {
        let path = command.executable
        if code == ENOENT || code == ENOTDIR {
            if access(path, F_OK) != 0 { return .programMissing(path: path) }
            if let directory = command.workingDirectory, access(directory, X_OK) != 0 {
                return .cannotStart(path: path, problem: "the working directory \(directory) is missing")
            }
            return .cannotStart(path: path, problem: "the interpreter that its first line names is missing")
        }
        return .cannotStart(path: path, problem: String(cString: strerror(code)))
    }
}

/// Lends the texts as a NULL-terminated array of C strings.
private func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
