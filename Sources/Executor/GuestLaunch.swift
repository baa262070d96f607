import ChildProcess
import Digests
import Foundation
import Model

/// One start of the interpreter: what it sees, what it may use, and what it runs.
struct GuestLaunch: Sendable {
    /// Folder of the materialised closure.
    var closure: String
    /// Whether this interpreter knows `-P`.
    var safePath: Bool
    /// Folder that becomes `/guest`, where there is one.
    var guest: String?
    /// Folder that becomes `/work`.
    var code: String
    /// Python's arguments after our own flags; `{guest}` and `{work}` stand for the two folders as the guest sees them.
    var arguments: [String]
    /// Nanoseconds since 1970.
    var wall: Int64
    var seed: ContentDigest
    var limits: Limits
    var surroundings = Surroundings.standard
    /// The child's descriptors from 3 on → ours.
    var descriptors: [Int32: Int32] = [:]

    /// What loader and shim read, and the shim takes away before the interpreter sees it.
    ///
    /// The C library chooses faster variants of `exp`, `sin` and others by what the processor has, and they differ in the
    /// last bit: without the variants equal inputs give equal floats on all x86-64 machines.
    func hiddenEnvironment(shim: String) -> [String: String] {
        let settings = [
            "LD_PRELOAD": shim, "ASSAY_DETERMINISM": settings,
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable",
        ]
        return settings.merging(surroundings.hiddenEnvironment) { first, _ in first }
    }

    /// Not `-I`, which would ignore `PYTHONHASHSEED`. `-P` exists from Python 3.11; before it the folder of the script is
    /// put on the path, which for `/guest` is what the guest does itself.
    func pythonArguments(guest: String, work: String) -> [String] {
        ["-s", "-S", "-B"] + (safePath ? ["-P"] : []) + ["-X", "utf8=1"]
            + arguments.map {
                $0.replacingOccurrences(of: "{guest}", with: guest).replacingOccurrences(of: "{work}", with: work)
            }
    }

    /// The settings of the shim, always of one length: addresses on the stack depend on it.
    var settings: String {
        let digits = String(surroundings.wall(wall))
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ":" + surroundings.chance(seed).hex
    }
}

extension Sandbox {
    /// Descriptor on which the filter is handed over.
    private static let filterDescriptor: Int32 = 9
    /// Bytes: the stack's limit decides where the kernel maps memory, so it is fixed.
    private static let stackLimit = 8 << 20

    /// The whole chain: limits, privileges, address layout, namespaces, interpreter.
    ///
    /// `filter` is a descriptor from which the system-call filter can be read.
    func command(_ launch: GuestLaunch, filter: Int32) throws -> Command {
        var chain = prlimit(launch.limits)
        if tools.bubblewrap != nil { chain += dropped(launch) }
        if launch.surroundings.hasFixedAddresses { chain += [tools.setarch, "-R"] }
        var environment: [String: String] = [:]
        var descriptors = launch.descriptors
        descriptors[Sandbox.filterDescriptor] = filter
        if let bubblewrap = tools.bubblewrap {
            chain += [bubblewrap] + namespaces(launch) + ["--", "/usr/bin/python3"]
            chain += launch.pythonArguments(guest: "/guest", work: "/work")
        } else {
            chain += try withoutNamespaces(launch)
            chain += launch.pythonArguments(guest: launch.guest ?? "", work: launch.code)
            environment = launch.surroundings.environment.merging(launch.hiddenEnvironment(shim: "")) { first, _ in first }
            // The loader preloads the shim by an option: this variable would reach the programs before it.
            environment["LD_PRELOAD"] = nil
            environment["ASSAY_FILTER"] = String(Sandbox.filterDescriptor)
        }
        return Command(
            chain[0], Array(chain.dropFirst()), environment: environment,
            workingDirectory: tools.bubblewrap == nil ? launch.code : "/", descriptors: descriptors)
    }

    private func prlimit(_ limits: Limits) -> [String] {
        let memory = limits.memoryMiB << 20
        return [
            tools.prlimit, "--as=\(memory)", "--cpu=\(limits.cpuSeconds):\(limits.cpuSeconds + 1)",
            "--fsize=\(limits.outputMiB << 20)", "--stack=\(Sandbox.stackLimit)", "--nofile=256", "--core=0",
        ]
    }

    /// As root, becomes `nobody` first, unless that user cannot reach the folders.
    private func dropped(_ launch: GuestLaunch) -> [String] {
        guard let setpriv = tools.setpriv,
            [launch.closure, launch.code, launch.guest].compactMap(\.self).allSatisfy(Reachability.byEverybody)
        else { return [] }
        return [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    }

    private func namespaces(_ launch: GuestLaunch) -> [String] {
        var options = [
            "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--uid", "1000", "--gid", "1000", "--hostname", "assay", "--die-with-parent", "--new-session",
            "--cap-drop", "ALL", "--clearenv",
            "--ro-bind", launch.closure + "/usr", "/usr", "--ro-bind", launch.closure + "/etc", "/etc",
            "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib", "/lib64",
            "--dir", "/dev", "--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/zero", "/dev/zero",
            // What opens these goes through the shim; what goes around it reads an end of file.
            "--dev-bind", "/dev/null", "/dev/urandom", "--dev-bind", "/dev/null", "/dev/random",
            "--size", String(launch.limits.outputMiB << 20), "--tmpfs", "/tmp",
            "--ro-bind", launch.code, "/work",
        ]
        if let guest = launch.guest { options += ["--ro-bind", guest, "/guest"] }
        options += ["--remount-ro", "/", "--chdir", "/work", "--seccomp", String(Sandbox.filterDescriptor)]
        let hidden = launch.hiddenEnvironment(shim: "/usr/lib/assay/libdeterminism.so")
        for (name, value) in (Array(launch.surroundings.environment) + Array(hidden)).sorted(by: { $0.key < $1.key }) {
            options += ["--setenv", name, value]
        }
        return options
    }

    /// The closure's own loader and libraries, so that the host's C library does not matter here either.
    private func withoutNamespaces(_ launch: GuestLaunch) throws -> [String] {
        let libraries = launch.closure + "/usr/lib"
        let names = try FileManager.default.contentsOfDirectory(atPath: libraries)
        guard let loader = names.first(where: { $0.hasPrefix("ld-linux") || $0.hasPrefix("ld-musl") }) else {
            throw ExecutorError.closureBroken(why: "\(libraries) has no program loader")
        }
        let python = launch.closure + "/usr/bin/python3"
        return [
            "\(libraries)/\(loader)", "--library-path", libraries, "--preload", libraries + "/assay/libdeterminism.so",
            "--argv0", python, python,
        ]
    }
}

/// Whether every user of the host can reach a folder.
enum Reachability {
    static func byEverybody(_ path: String) -> Bool {
        var at = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        while true {
            var status = stat()
            guard stat(at, &status) == 0, status.st_mode & 0o001 != 0 else { return false }
            if at == "/" { return true }
            at = URL(fileURLWithPath: at).deletingLastPathComponent().path
        }
    }
}
