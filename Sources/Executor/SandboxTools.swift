import ChildProcess
import Foundation

/// The programs of the host that make the sandbox.
struct SandboxTools: Sendable {
    /// Sets resource limits; part of util-linux, as are the next two.
    var prlimit: String
    /// Switches address randomisation off.
    var setarch: String
    /// Drops root; used only where we are root.
    var setpriv: String?
    /// Makes the namespaces; absent in the degraded mode.
    var bubblewrap: String?

    static func find(bubblewrap wanted: Bool) throws -> SandboxTools {
        func required(_ name: String, package: String) throws -> String {
            guard let path = ToolLocator.find(name) else {
                throw ExecutorError.sandboxUnavailable(
                    what: "the program \(name) is missing", fix: "Install it: apt-get install \(package)")
            }
            return path
        }
        return SandboxTools(
            prlimit: try required("prlimit", package: "util-linux"),
            setarch: try required("setarch", package: "util-linux"),
            setpriv: getuid() == 0 ? ToolLocator.find("setpriv") : nil,
            bubblewrap: wanted ? try required("bwrap", package: "bubblewrap") : nil)
    }
}

/// Tries the namespaces that the sandbox needs, and names the setting of the host that forbids them.
enum NamespaceProbe {
    static func check(_ tools: SandboxTools) throws {
        guard let bubblewrap = tools.bubblewrap else { return }
        let command = Command(
            bubblewrap, ["--unshare-all", "--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", "--", tools.setarch, "--version"])
        let result = try ChildProcess.run(command, deadline: .seconds(10), outputLimit: 1 << 16)
        guard !result.succeeded else { return }
        let said = result.errorText.split(separator: "\n").last.map(String.init) ?? "\(result.status)"
        throw ExecutorError.sandboxUnavailable(what: "bubblewrap cannot make namespaces (\(said))", fix: remedy)
    }

    /// The first of the known settings that is against it.
    private static var remedy: String {
        let settings = [
            ("kernel.unprivileged_userns_clone", "0", "1"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
            ("user.max_user_namespaces", "0", "15000"),
        ]
        for (name, forbidding, wanted) in settings {
            let path = "/proc/sys/" + name.replacingOccurrences(of: ".", with: "/")
            let value = try? String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            if value == forbidding { return "Allow user namespaces: sysctl -w \(name)=\(wanted)" }
        }
        return "Run on a host, or in a container, that allows user namespaces"
    }
}
