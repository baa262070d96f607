import Foundation

/// The files that come with the program: the guest package and the determinism shim.
public struct SupportFiles: Hashable, Sendable {
    /// Folder that holds the package `runbook` and the script `main.py`.
    public var guest: String
    /// The preloaded library that stands between the guest and clock, chance and host.
    public var shim: String

    public init(guest: String, shim: String) {
        self.guest = guest
        self.shim = shim
    }

    /// Looks beside the running program, where an installation, a build folder and a test bundle each keep them.
    public static func find() throws -> SupportFiles {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        func first(_ name: String, _ places: [String]) throws -> String {
            let paths = places.map { program.appendingPathComponent($0).standardizedFileURL.path }
            guard let found = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
                throw ExecutorError.supportFileMissing(name: name, searched: paths)
            }
            return found
        }
        return SupportFiles(
            guest: try first("the guest package", ["../lib/assay/guest", "assay_Executor.resources/Guest"]),
            shim: try first(
                "libdeterminism.so",
                ["../lib/assay/libdeterminism.so", "libdeterminism.so", "../../guest/libdeterminism.so"]))
    }
}
