import Digests
import Foundation
import Model

/// What a closure and a guest would be made of now: equal origins give equal closures, without making them.
public struct InterpreterOrigin: Hashable, Sendable {
    /// Over the interpreter's binary by path, size and time, its version, and the files that come with this program.
    public let digest: ContentDigest

    /// - Parameter configured: absolute path; `nil` for the host's `python3`.
    public static func find(_ configured: String?, support: SupportFiles) throws -> InterpreterOrigin {
        let python = try PythonInterpreter.find(configured)
        let facts: [String: JSONValue] = [
            "executable": try stamp(python.executable), "library": try stamp(python.library + "/os.py"),
            "version": .string(python.description.version), "platform": .string(python.description.platform),
            "libc": .string(python.description.libc), "guest": .string(try GuestPackage.sourceDigest(support).hex),
            "shim": .string(try SHA256.digest(ofFile: support.shim).hex), "layout": 1,
        ]
        return InterpreterOrigin(digest: try CanonicalJSON.digest(.object(facts)))
    }

    private static func stamp(_ path: String) throws -> JSONValue {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ExecutorError.interpreterUnusable(path: path, why: "it cannot be looked at: \(String(cString: strerror(errno)))")
        }
        let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        return [.string(path), .integer(Int64(status.st_size)), .string(time)]
    }
}
