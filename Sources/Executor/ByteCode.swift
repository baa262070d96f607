import Foundation
import Model

/// Compiles Python files once, so that no run has to.
///
/// The result is *unchecked* byte code: the interpreter uses it without looking at the source, which is right because
/// both are kept in one immutable tree. It is compiled inside the sandbox by the interpreter that will read it, so equal
/// sources give equal bytes.
enum ByteCode {
    /// - Parameters:
    ///   - folder: the folder to compile as the sandbox shows it: `/guest`, or a folder below `/usr`.
    ///   - prefix: what the paths of the result start with.
    static func compile(_ folder: String, prefix: String, launch: GuestLaunch, sandbox: Sandbox) async throws -> [TreeFile] {
        var launch = launch
        launch.arguments = ["-c", program, folder]
        let result = try await sandbox.run(launch, outputLimit: 1 << 29)
        guard result.exit == .exited(0) else {
            let said = String(decoding: result.standardError.suffix(500), as: UTF8.self)
            throw ExecutorError.closureBroken(why: "compiling \(folder) ended with \(result.exit): \(said)")
        }
        return try files(result.standardOutput, prefix: prefix)
    }

    /// Records of path length, data length (four bytes each, big endian), path and data.
    private static func files(_ bytes: [UInt8], prefix: String) throws -> [TreeFile] {
        var files: [TreeFile] = []
        var rest = bytes[...]
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw ExecutorError.closureBroken(why: "the compiler's answer is cut") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func length() throws -> Int { try take(4).reduce(0) { $0 << 8 | Int($1) } }
        while !rest.isEmpty {
            let pathLength = try length(), dataLength = try length()
            let path = String(decoding: try take(pathLength), as: UTF8.self)
            files.append(TreeFile(path: prefix + path, content: .bytes(Array(try take(dataLength)))))
        }
        return files
    }

    /// What does not compile is left out: the standard library carries templates and files for other versions.
    private static let program = """
        import importlib.util, os, sys
        from importlib._bootstrap_external import _code_to_hash_pyc
        root, out = sys.argv[1], sys.stdout.buffer
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                if not name.endswith(".py"):
                    continue
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    source = file.read()
                try:
                    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
                except (SyntaxError, ValueError):
                    continue
                data = _code_to_hash_pyc(code, importlib.util.source_hash(source), False)
                target = os.fsencode(importlib.util.cache_from_source(path)[len(root) + 1:])
                out.write(len(target).to_bytes(4, "big") + len(data).to_bytes(4, "big") + target + data)
        out.flush()
        """
}
