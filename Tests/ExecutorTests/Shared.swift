import ChildProcess
import Digests
import Foundation
import Model
import Synchronization

@testable import Executor

/// What all tests share: one vault with one closure, built once, removed when the process ends.
struct Shared: Sendable {
    let vault: FolderVault
    let sandbox: Sandbox
    let support: SupportFiles
    let closure: InterpreterClosure

    static func ready() async throws -> Shared { try await task.value }

    private static let task = Task {
        let vault = try FolderVault()
        atexit { Shared.cleanUp() }
        Shared.folder.withLock { $0 = vault.root }
        let sandbox = try Sandbox.open(.required)
        let support = try supportFiles(in: vault.root)
        let closure = try await InterpreterClosure.build(
            from: nil, support: support, sandbox: sandbox, vault: vault, progress: { _ in })
        return Shared(vault: vault, sandbox: sandbox, support: support, closure: closure)
    }

    private static let folder = Mutex<String?>(nil)
    private static func cleanUp() {
        if let path = folder.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// The shim compiled from source, so that the tests see the one that is being changed.
    static func supportFiles(in folder: String) throws -> SupportFiles {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Executor").standardizedFileURL.path
        let shim = folder + "/libdeterminism.so"
        let units = try FileManager.default.contentsOfDirectory(atPath: sources + "/Shim").filter { $0.hasSuffix(".c") }
        guard let compiler = ToolLocator.find("cc") else { throw MissingTool(name: "cc") }
        let command = Command(
            compiler,
            ["-shared", "-O2", "-fPIC", "-Wall", "-Werror", "-o", shim] + units.sorted().map { "\(sources)/Shim/\($0)" },
            environment: ["PATH": "/usr/bin:/bin"])
        _ = try ChildProcess.run(command, deadline: .seconds(120)).check(command)
        return SupportFiles(guest: sources + "/Guest", shim: shim)
    }
}

struct MissingTool: Error { var name: String }

/// A folder for one test, removed with the value's last copy going out of use by `remove()`.
struct Scratch {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("assay-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files {
            let target = URL(fileURLWithPath: path).appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: target)
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

extension Shared {
    static let seed = SHA256.digest(Array("a run key".utf8))
    static let time = "2026-03-31T23:59:59+01:00"

    /// Runs Python text as a bare script in the sandbox.
    func script(
        _ text: String, limits: Limits = .standard, closure: InterpreterClosure? = nil, sandbox: Sandbox? = nil,
        seed: ContentDigest = Shared.seed
    ) async throws -> ScriptResult {
        let folder = try Scratch(["script.py": text])
        defer { folder.remove() }
        return try await (sandbox ?? self.sandbox).runScript(
            "script.py", in: folder.path, closure: closure ?? self.closure, vault: vault, seed: seed,
            logicalTime: Shared.time, limits: limits)
    }
}

extension ScriptResult {
    var output: String { String(decoding: standardOutput, as: UTF8.self) }
    var errors: String { String(decoding: standardError, as: UTF8.self) }
}
