import CLibseccomp
import Foundation
import Model

/// The system calls that a guest may make, as a program for the kernel.
///
/// An allow list, because the kernel grows: what is not named here gets `ENOSYS`, as on an older kernel, and the C library
/// falls back or gives up. Calls that a runbook could mean seriously (sockets, processes, threads, mounts) get `EPERM`,
/// so that Python raises `PermissionError` at the line that asked.
enum SystemCallFilter {
    /// The filter as the bytes that `bwrap --seccomp` reads.
    static func program() throws -> [UInt8] {
        guard let context = seccomp_init(answer(ENOSYS)) else { throw refused("start", ENOMEM) }
        defer { seccomp_release(context) }
        let filter = Filter(context: context)
        for name in SystemCalls.allowed { try filter.add(allow, name) }
        for name in SystemCalls.denied { try filter.add(answer(EPERM), name) }
        try addConditions(to: filter)
        return try filter.exported()
    }

    /// Calls that are harmless for some of their arguments only.
    private static func addConditions(to filter: Filter) throws {
        // A thread or a process; `clone3` hides its flags in memory, so it does not exist and libc falls back to `clone`.
        try filter.add(answer(EPERM), "clone")
        // An event loop wakes itself up through a pair of its own sockets; they reach nobody else.
        try filter.add(allow, "socketpair", where: [equal(0, UInt64(AF_UNIX))])
        try filter.add(answer(EPERM), "socketpair", where: [unequal(0, UInt64(AF_UNIX))])
        // Is it a terminal, how much is there to read, close on exec, do not block: no terminal injection (TIOCSTI).
        for request in [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451] as [UInt64] {
            try filter.add(allow, "ioctl", where: [equal(1, request)])
        }
        // The shim's own tightening of the filter (no new privileges, filter) and names of threads and of memory.
        for option in [38, 22, 15, 16, 0x5356_4D41] as [UInt64] {
            try filter.add(allow, "prctl", where: [equal(0, option)])
        }
        // Reading limits, not changing them: the new limit is the third argument.
        try filter.add(allow, "prlimit64", where: [equal(2, 0)])
    }

    private static let allow: UInt32 = 0x7fff_0000
    private static func answer(_ code: Int32) -> UInt32 { 0x0005_0000 | UInt32(code) }
    private static func equal(_ argument: UInt32, _ value: UInt64) -> scmp_arg_cmp {
        scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: 0xffff_ffff, datum_b: value)
    }
    private static func unequal(_ argument: UInt32, _ value: UInt64) -> scmp_arg_cmp {
        scmp_arg_cmp(arg: argument, op: SCMP_CMP_NE, datum_a: value, datum_b: 0)
    }

    fileprivate static func refused(_ what: String, _ code: Int32) -> ExecutorError {
        .sandboxUnavailable(
            what: "libseccomp cannot \(what) the system-call filter: \(String(cString: strerror(code)))",
            fix: "Install libseccomp 2.5 or later")
    }
}

/// The rules that are being collected in one libseccomp context.
private struct Filter {
    let context: scmp_filter_ctx

    func add(_ action: UInt32, _ name: String, where conditions: [scmp_arg_cmp] = []) throws {
        let number = seccomp_syscall_resolve_name(name)
        // Unknown to this libseccomp, or absent on this machine (a negative pseudo number): the default covers it.
        guard number >= 0 else { return }
        let result = seccomp_rule_add_array(context, action, number, UInt32(conditions.count), conditions)
        guard result == 0 else { throw SystemCallFilter.refused("add \(name) to", -result) }
    }

    func exported() throws -> [UInt8] {
        guard let file = tmpfile() else { throw SystemCallFilter.refused("write", errno) }
        defer { fclose(file) }
        let result = seccomp_export_bpf(context, fileno(file))
        guard result == 0 else { throw SystemCallFilter.refused("write", -result) }
        rewind(file)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
