import ChildProcess
import Model

/// Runs the program of the host that tells a forge what became of a commit.
///
/// It gets JSON on standard input, nothing of our environment, and half a minute. Exit status 0 means that the forge knows.
struct CommitStatusHook: Sendable {
    let command: Command

    /// A program's path is absolute or relative to the home, as all paths of `config.yaml`.
    init(_ words: [String], home: TenantHome) {
        let program = words.first ?? ""
        command = Command(
            program.hasPrefix("/") ? program : "\(home.path)/\(program)", Array(words.dropFirst()),
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"], workingDirectory: home.path,
            isolation: .session)
    }

    func run(_ payload: String) async throws {
        var command = command
        command.standardInput = .bytes(Array((payload + "\n").utf8))
        let result = try await ChildProcess.run(command, deadline: .seconds(30), outputLimit: 1 << 16)
        guard !result.succeeded else { return }
        let said = result.standardError.isEmpty ? result.outputText : result.errorText
        let lines = said.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
        throw ReportingError.hookFailed(
            program: command.executable, status: result.status, output: String(lines.suffix(500)))
    }
}
