import Digests
import Foundation
import Model

/// The Python that runs beside a runbook: the package `runbook`, kept as a tree with its byte code.
public enum GuestPackage {
    /// The package as shipped: sources only, sorted by path.
    public static func files(_ support: SupportFiles) throws -> [TreeFile] {
        let paths = Folder.files(support.guest, skipping: { $0 == "__pycache__" })
            .filter { !$0.hasSuffix(".pyc") && !$0.hasSuffix(".gitkeep") }
        guard paths.contains("main.py") else {
            throw ExecutorError.supportFileMissing(name: "the guest's main.py", searched: [support.guest])
        }
        return try paths.map { path in
            let file = support.guest + "/" + path
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw ExecutorError.supportFileMissing(name: path, searched: [support.guest])
            }
            return TreeFile(path: path, content: .bytes(Array(bytes)))
        }
    }

    /// Names the package as shipped: the tree digest of its sources.
    public static func sourceDigest(_ support: SupportFiles) throws -> ContentDigest {
        try TreeDigest.digest(
            try files(support).map { file in
                switch file.content {
                case .bytes(let bytes):
                    TreeDigest.Entry(executable: file.executable, digest: SHA256.digest(bytes), path: file.path)
                case .file(let path):
                    TreeDigest.Entry(executable: file.executable, digest: try SHA256.digest(ofFile: path), path: file.path)
                }
            })
    }

    /// Keeps the package with byte code made by that interpreter, and gives its tree digest.
    public static func store(
        _ support: SupportFiles, closure: InterpreterClosure, sandbox: Sandbox, vault: any ObjectVault
    ) async throws -> ContentDigest {
        let sources = try files(support)
        let launch = GuestLaunch(
            closure: try vault.materialise(closure.tree), safePath: closure.description.hasSafePath,
            guest: support.guest, code: support.guest, arguments: [], wall: 0, seed: closure.tree, limits: .standard)
        let folder = sandbox.mode == .hermetic ? "/guest" : support.guest
        return try vault.putTree(
            sources + (try await ByteCode.compile(folder, prefix: "", launch: launch, sandbox: sandbox)))
    }
}
