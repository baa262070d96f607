import ChildProcess
import Foundation
import Model

/// How a guest is started so that the same inputs give the same bytes.
public struct Sandbox: Sendable {
    public enum Requirement: String, Sendable {
        /// Refuse to run without namespaces and system-call filter.
        case required
        /// Run without them where they cannot be had; the run's mode says so.
        case degraded
    }

    /// What a run under this sandbox may call itself.
    public let mode: RunMode
    let tools: SandboxTools
    private let filter: [UInt8]

    /// Finds what the host offers; throws `SandboxUnavailable` with the remedy where policy asks for more than that.
    public static func open(_ requirement: Requirement) throws -> Sandbox {
        let filter = try SystemCallFilter.program()
        do {
            let tools = try SandboxTools.find(bubblewrap: true)
            try NamespaceProbe.check(tools)
            return Sandbox(mode: .hermetic, tools: tools, filter: filter)
        } catch where requirement == .degraded {
            return Sandbox(mode: .degraded, tools: try SandboxTools.find(bubblewrap: false), filter: filter)
        }
    }

    /// The degraded mode even where the full sandbox can be had: what its tests run.
    static func degraded() throws -> Sandbox {
        Sandbox(
            mode: .degraded, tools: try SandboxTools.find(bubblewrap: false), filter: try SystemCallFilter.program())
    }

    /// What `assay doctor` reports: each need of the sandbox, tried on this host.
    /// - Parameter home: absolute path of the tenant home, whose objects every guest reads.
    public static func probe(home: String = "/") -> [SandboxCheck] {
        var checks: [SandboxCheck] = []
        func check(_ name: String, _ attempt: () throws -> String) {
            do {
                checks.append(SandboxCheck(name: name, passed: true, detail: try attempt(), remedy: ""))
            } catch let error as any AssayError {
                checks.append(SandboxCheck(name: name, passed: false, detail: error.message, remedy: error.remedy))
            } catch {
                checks.append(SandboxCheck(name: name, passed: false, detail: "\(error)", remedy: ""))
            }
        }
        check("system-call filter") { "\(try SystemCallFilter.program().count / 8) instructions" }
        check("util-linux") { try SandboxTools.find(bubblewrap: false).setarch }
        check("bubblewrap") { try SandboxTools.find(bubblewrap: true).bubblewrap ?? "" }
        check("namespaces") {
            try NamespaceProbe.check(try SandboxTools.find(bubblewrap: true))
            return "user, mount, process, network, name and message namespaces can be made"
        }
        checks.append(privileges(home))
        return checks
    }

    /// Whether there is an interpreter that a closure can be made of, for `assay doctor`.
    /// - Parameter configured: absolute path; `nil` for the host's `python3`.
    public static func probeInterpreter(_ configured: String?) -> SandboxCheck {
        do {
            let python = try PythonInterpreter.find(configured)
            let detail = "\(python.description.implementation) \(python.description.version) at \(python.executable)"
            return SandboxCheck(name: "interpreter", passed: true, detail: detail, remedy: "")
        } catch let error as any AssayError {
            return SandboxCheck(name: "interpreter", passed: false, detail: error.message, remedy: error.remedy)
        } catch {
            return SandboxCheck(name: "interpreter", passed: false, detail: "\(error)", remedy: "Install python3")
        }
    }

    /// As root, guests run as `nobody` if that user can reach the home. Not failing: namespaces and filter hold anyway.
    private static func privileges(_ home: String) -> SandboxCheck {
        let name = "unprivileged guests"
        if getuid() != 0 { return SandboxCheck(name: name, passed: true, detail: "assay itself is not root", remedy: "") }
        if Reachability.byEverybody(home), ToolLocator.find("setpriv") != nil {
            return SandboxCheck(name: name, passed: true, detail: "guests run as nobody", remedy: "")
        }
        return SandboxCheck(
            name: name, passed: true, detail: "guests run as root of the host inside their namespaces",
            remedy: "Run assay as a user of its own, or let others traverse \(home)")
    }

    /// Starts the guest. Blocking; call it off the shared pool.
    func start(_ launch: GuestLaunch, outputLimit: Int) throws -> RunningProcess {
        let pipe = try Descriptor.pipe()
        // A pipe holds 64 KiB, which is more than the filter has.
        try pipe.writing.writeAll(filter)
        let ends = pipe.ends()
        close(ends.writing)
        defer { close(ends.reading) }
        return try RunningProcess.start(
            try command(launch, filter: ends.reading), deadline: .seconds(launch.limits.wallSeconds),
            outputLimit: outputLimit)
    }
}

/// One need of the sandbox and whether this host meets it.
public struct SandboxCheck: Hashable, Sendable, Codable {
    public var name: String
    public var passed: Bool
    public var detail: String
    /// Empty where it passed.
    public var remedy: String

    public init(name: String, passed: Bool, detail: String, remedy: String) {
        self.name = name
        self.passed = passed
        self.detail = detail
        self.remedy = remedy
    }
}
