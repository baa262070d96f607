import Digests
import Foundation
import Model

/// What of this host cannot be controlled and is therefore recorded: kernel, architecture, CPU features.
enum HostFacts {
    static func platform() -> [String: String] {
        var facts = ["cpuFlags": cpuFlags()]
        var name = utsname()
        if uname(&name) == 0 {
            facts["kernel"] = text(of: &name.sysname) + " " + text(of: &name.release)
            facts["architecture"] = text(of: &name.machine)
        }
        return facts
    }

    /// Digest of the sorted flags: a replay only asks whether they are the same.
    private static func cpuFlags() -> String {
        guard let info = FileManager.default.contents(atPath: "/proc/cpuinfo") else { return "unknown" }
        let lines = String(decoding: info, as: UTF8.self).split(separator: "\n")
        let flags = lines.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") }?.split(separator: ":").last ?? ""
        let sorted = flags.split(separator: " ").sorted().joined(separator: " ")
        return SHA256.digest(sorted.utf8).short
    }

    private static func text<T>(of field: inout T) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
