import Digests
import Model

/// Compiles every Python file of a folder of code, so that no syntax error waits for the day on which its line is reached.
///
/// Done in the sandbox, by the interpreter that will run the code: what is valid depends on its version, and a compiler
/// that is fed hostile text must not be the host's.
public struct SyntaxCheck: Sendable {
    public struct Problem: Hashable, Sendable, Codable {
        /// Path relative to the folder.
        public var file: String
        public var line: Int?
        /// What the compiler says.
        public var message: String
    }

    public struct Result: Hashable, Sendable, Codable {
        /// How many files were compiled.
        public var files: Int
        /// By path.
        public var problems: [Problem]
    }

    /// Plenty for code, little for a text that keeps the compiler busy.
    private static let limits = Limits(wallSeconds: 60, cpuSeconds: 60, memoryMiB: 1024, outputMiB: 16, effects: 0)

    /// - Parameter code: absolute path of the folder that would become `/work`.
    public static func run(
        _ code: String, interpreter: InterpreterClosure, sandbox: Sandbox, vault: any ObjectVault
    ) async throws -> Result {
        let launch = GuestLaunch(
            closure: try vault.materialise(interpreter.tree), safePath: interpreter.description.hasSafePath, code: code,
            arguments: ["-c", program, "{work}"], wall: 0, seed: interpreter.tree, limits: limits)
        let result = try await sandbox.run(launch, outputLimit: limits.outputMiB << 20)
        if result.exit == .exited(0), let answer = try? CanonicalJSON.decode(Result.self, from: result.standardOutput) {
            return answer
        }
        // The compiler itself broke on a file: it says which one it begins with.
        let said = String(decoding: result.standardError, as: UTF8.self)
        let begun = said.split(separator: "\n").filter { $0.hasPrefix("compiling ") }
        guard let last = begun.last else { throw ExecutorError.launchFailed(why: "the compiler \(result.exit): \(said)") }
        let problem = Problem(
            file: String(last.dropFirst("compiling ".count)), line: nil,
            message: "the compiler did not get through it (\(result.exit))")
        return Result(files: begun.count, problems: [problem])
    }

    private static let program = """
        import json, os, sys, warnings
        warnings.simplefilter("ignore")
        root, files, problems = sys.argv[1], 0, []
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                if not name.endswith(".py"):
                    continue
                path = os.path.join(folder, name)
                shown = os.path.relpath(path, root)
                sys.stderr.write(f"compiling {shown}\\n")
                files += 1
                with open(path, "rb") as file:
                    source = file.read()
                try:
                    compile(source, shown, "exec", dont_inherit=True)
                except SyntaxError as error:
                    problems.append({"file": shown, "line": error.lineno, "message": str(error.msg)})
                except (ValueError, RecursionError, MemoryError, OverflowError) as error:
                    problems.append({"file": shown, "line": None, "message": str(error) or type(error).__name__})
        sys.stdout.write(json.dumps({"files": files, "problems": sorted(problems, key=lambda one: one["file"])}))
        """
}
