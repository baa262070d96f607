import ChildProcess
import Foundation
import Model
import TenantStore

/// The host's programs and files, as the benchmarks use them.
struct Host {
    /// Scratch folder, absolute.
    let scratch: String

    func path(_ name: String) -> String { scratch + "/" + name }

    /// Runs a program to its end; its failure ends the benchmark.
    @discardableResult
    func run(_ program: String, _ arguments: [String], in folder: String? = nil) throws -> ProcessResult {
        guard let executable = program.hasPrefix("/") ? program : ToolLocator.find(program) else {
            throw BenchmarkError(message: "the program \(program) is missing")
        }
        let command = Command(executable, arguments, environment: Host.environment, workingDirectory: folder ?? scratch)
        return try ChildProcess.run(command).check(command)
    }

    func git(_ arguments: String..., in folder: String) throws {
        // Without housekeeping of its own, which would go on in the background while something is measured.
        let settings = ["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false", "-c", "gc.auto=0"]
        try run("git", settings + arguments, in: folder)
    }

    func copy(_ source: String, to target: String) throws {
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try run("cp", ["-R", source, target])
    }

    func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileSystem.writeScratch(Array(text.utf8), to: path, mode: 0o644)
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// Fixed names and dates: the same commits on every machine.
    private static let environment = [
        "HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@alder.example", "GIT_COMMITTER_NAME": "Bench",
        "GIT_COMMITTER_EMAIL": "bench@alder.example", "GIT_AUTHOR_DATE": "2026-02-01T09:00:00+00:00",
        "GIT_COMMITTER_DATE": "2026-02-01T09:00:00+00:00",
    ]
}

/// Why a benchmark could not be made.
struct BenchmarkError: AssayError {
    var message: String
    var reason: String { "BenchmarkFailed" }
    var remedy: String { "Run 'make demo' to see whether the program works on this host" }
    var disposition: Disposition { .stall }
}
