import ChildProcess
import Digests
import Foundation
import Model

/// The built program, and others of the operating system, run for real.
enum Program {
    /// Folder of the build products: the program lies beside the test bundle.
    static let products: String = {
        var url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        if let bundle { url = URL(fileURLWithPath: bundle).deletingLastPathComponent() }
        return url.path
    }()

    static let root: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static var assay: String { products + "/assay" }

    @discardableResult
    static func run(
        _ executable: String, _ arguments: [String], input: String? = nil, in folder: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ProcessResult {
        let path = executable.hasPrefix("/") ? executable : (ToolLocator.find(executable) ?? executable)
        var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent"]
        variables.merge(environment) { $1 }
        let command = Command(
            path, arguments, environment: variables, workingDirectory: folder,
            standardInput: input.map { .bytes(Array($0.utf8)) } ?? .null)
        return try ChildProcess.run(command, deadline: .seconds(300), outputLimit: 64 << 20)
    }

    /// Runs a program that must succeed and gives its standard output.
    @discardableResult
    static func output(
        _ executable: String, _ arguments: [String], input: String? = nil, in folder: String? = nil,
        environment: [String: String] = [:]
    ) throws -> String {
        let result = try run(executable, arguments, input: input, in: folder, environment: environment)
        guard result.status == .exited(0) else {
            throw Failed(
                description: "\(executable) \(arguments.joined(separator: " ")): \(result.status)\n\(result.outputText)\(result.errorText)")
        }
        return result.outputText
    }

    struct Failed: Error, CustomStringConvertible { var description: String }
}

/// A folder of its own, removed at the end.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/assay-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Another user's processes come here too.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    deinit { remove() }

    func remove() {
        _ = try? Program.run("chmod", ["-R", "u+w", path])
        try? FileManager.default.removeItem(atPath: path)
    }
}
