import ChildProcess
import Digests
import Foundation
import Model

/// An interpreter that is installed on this host, asked about itself.
struct PythonInterpreter: Sendable {
    /// Absolute path of the binary: not a symbolic link, not a shim, not a virtual environment's copy.
    var executable: String
    /// Folder of the standard library.
    var library: String
    var description: InterpreterDescription

    /// Folder name below `/usr/lib`, such as `python3.11`.
    var libraryName: String {
        "python" + description.version.split(separator: ".").prefix(2).joined(separator: ".")
    }

    /// Asks the configured interpreter, or the host's `python3`.
    static func find(_ configured: String?) throws -> PythonInterpreter {
        guard let path = configured ?? ToolLocator.find("python3") else {
            throw ExecutorError.interpreterUnusable(path: "python3", why: "it is not on this host")
        }
        guard path.hasPrefix("/") else {
            throw ExecutorError.interpreterUnusable(path: path, why: "the path is not absolute")
        }
        // A shim such as pyenv's is a shell script that needs the host's environment to find the real thing.
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PYTHON") }
        let command = Command(path, ["-I", "-c", question], environment: environment)
        let result: ProcessResult
        do {
            result = try ChildProcess.run(command, deadline: .seconds(30)).check(command)
        } catch let error as ProcessError {
            throw ExecutorError.interpreterUnusable(path: path, why: error.message)
        }
        guard let facts = try? CanonicalJSON.decode(Facts.self, from: result.standardOutput) else {
            throw ExecutorError.interpreterUnusable(path: path, why: "it does not answer like Python 3")
        }
        try check(facts, path)
        return PythonInterpreter(
            executable: facts.executable, library: facts.library,
            description: InterpreterDescription(
                implementation: facts.implementation, version: facts.version, platform: facts.platform,
                libc: facts.libc))
    }

    private static func check(_ facts: Facts, _ path: String) throws {
        let numbers = facts.version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard facts.implementation == "CPython", numbers.count == 2, numbers[0] == 3, numbers[1] >= 9 else {
            throw ExecutorError.interpreterUnusable(
                path: path, why: "it is \(facts.implementation) \(facts.version), and CPython 3.9 or later is needed")
        }
        guard facts.executable.hasPrefix("/"), facts.library.hasPrefix("/") else {
            throw ExecutorError.interpreterUnusable(path: path, why: "it does not know where it is installed")
        }
    }

    private struct Facts: Decodable {
        var executable: String
        var library: String
        var implementation: String
        var version: String
        var platform: String
        var libc: String
    }

    private static let question = """
        import json, os, platform, sys, sysconfig
        print(json.dumps({
            "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
            "library": os.path.realpath(os.path.dirname(os.__file__)),
            "implementation": platform.python_implementation(),
            "version": platform.python_version(),
            "platform": getattr(sys.implementation, "_multiarch", None) or sysconfig.get_platform(),
            "libc": " ".join(platform.libc_ver()),
        }))
        """
}
