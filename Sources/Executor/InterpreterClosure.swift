import Digests
import Foundation
import Model

/// An interpreter with everything it needs, kept as one tree: it runs as the whole root of the sandbox.
///
/// A routine upgrade of the host must not change or break a replay, so runs and replays use this copy only.
public struct InterpreterClosure: Hashable, Sendable, Codable {
    /// Digest of the tree in the vault.
    public var tree: ContentDigest
    public var description: InterpreterDescription

    public init(tree: ContentDigest, description: InterpreterDescription) {
        self.tree = tree
        self.description = description
    }

    /// Collects, precompiles and keeps the closure of an interpreter: seconds, once per home.
    /// - Parameters:
    ///   - python: the configured interpreter, possibly a shim such as pyenv's; `nil` looks for `python3`.
    ///   - progress: one line for people at each stage.
    public static func build(
        from python: String?, support: SupportFiles, sandbox: Sandbox, vault: any ObjectVault,
        progress: @Sendable (String) -> Void
    ) async throws -> InterpreterClosure {
        let interpreter = try PythonInterpreter.find(python)
        let description = interpreter.description
        progress("collecting \(description.implementation) \(description.version) from \(interpreter.executable)")
        var files = try ClosureFiles(interpreter, shim: support.shim).files
        progress("compiling its standard library")
        let staging = try StagingFolder(files)
        defer { staging.remove() }
        let launch = GuestLaunch(
            closure: staging.path, safePath: description.hasSafePath, code: staging.path, arguments: [], wall: 0,
            seed: ContentDigest(bytes: [UInt8](repeating: 0, count: 32)), limits: .standard)
        let library = "usr/lib/\(interpreter.libraryName)"
        let root = sandbox.mode == .hermetic ? "/" : staging.path + "/"
        files += try await ByteCode.compile(root + library, prefix: library + "/", launch: launch, sandbox: sandbox)
        progress("keeping \(files.count) files")
        return InterpreterClosure(tree: try vault.putTree(files), description: description)
    }

    /// The closure that is already kept under that digest.
    public static func load(_ tree: ContentDigest, vault: any ObjectVault) throws -> InterpreterClosure {
        let path = try vault.materialise(tree) + "/usr/lib/assay/closure.json"
        guard let bytes = FileManager.default.contents(atPath: path),
            let description = try? CanonicalJSON.decode(InterpreterDescription.self, from: Array(bytes))
        else { throw ExecutorError.closureBroken(why: "the tree \(tree.short) is not an interpreter closure") }
        return InterpreterClosure(tree: tree, description: description)
    }
}

/// What the stamp says about the interpreter.
public struct InterpreterDescription: Hashable, Sendable, Codable {
    /// `CPython`.
    public var implementation: String
    /// Such as `3.11.7`.
    public var version: String
    /// Such as `x86_64-linux-gnu`.
    public var platform: String
    /// The C library, such as `glibc 2.36`.
    public var libc: String

    public init(implementation: String, version: String, platform: String, libc: String) {
        self.implementation = implementation
        self.version = version
        self.platform = platform
        self.libc = libc
    }

    /// `-P` exists from Python 3.11.
    var hasSafePath: Bool {
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        return numbers.count >= 2 && numbers[1] >= 11
    }
}

/// The files of a tree in a folder of their own, for as long as the closure is being built.
private struct StagingFolder {
    let path: String

    init(_ files: [TreeFile]) throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent("assay-closure-\(UUID().uuidString)")
        path = folder.path
        var made: Set<String> = []
        for file in files {
            let target = folder.appendingPathComponent(file.path)
            let parent = target.deletingLastPathComponent()
            if made.insert(parent.path).inserted {
                try manager.createDirectory(at: parent, withIntermediateDirectories: true)
            }
            switch file.content {
            case .bytes(let bytes): try Data(bytes).write(to: target)
            case .file(let source):
                try manager.copyItem(at: URL(fileURLWithPath: source).resolvingSymlinksInPath(), to: target)
            }
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
