import ChildProcess
import Model

extension Sandbox {
    /// Runs a bare script in the same sandbox, without guest and protocol: what a benchmark compares a run with.
    /// - Parameters:
    ///   - script: path relative to `directory`.
    ///   - directory: absolute path of the folder that becomes `/work`.
    ///   - logicalTime: RFC 3339 with offset.
    public func runScript(
        _ script: String, in directory: String, closure: InterpreterClosure, vault: any ObjectVault,
        seed: ContentDigest, logicalTime: String, limits: Limits
    ) async throws -> ScriptResult {
        let launch = GuestLaunch(
            closure: try vault.materialise(closure.tree), safePath: closure.description.hasSafePath, code: directory,
            arguments: ["{work}/" + script],
            wall: try LogicalTime.nanoseconds(logicalTime), seed: seed, limits: limits)
        return try await run(launch, outputLimit: limits.outputMiB << 20)
    }

    func run(_ launch: GuestLaunch, outputLimit: Int) async throws -> ScriptResult {
        let result = try await start(launch, outputLimit: outputLimit).result()
        return ScriptResult(
            exit: ScriptResult.Exit(result.status, throughBubblewrap: tools.bubblewrap != nil),
            standardOutput: result.standardOutput, standardError: result.standardError)
    }
}

/// How a bare script ended and what it printed.
public struct ScriptResult: Hashable, Sendable {
    public enum Exit: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case deadlineExceeded

        /// bubblewrap reports the end by a signal as 128 and the signal's number, as a shell does.
        init(_ status: ProcessStatus, throughBubblewrap: Bool) {
            self =
                switch status {
                case .exited(let code) where throughBubblewrap && (129...192).contains(code): .signalled(code - 128)
                case .exited(let code): .exited(code)
                case .signalled(let signal): .signalled(signal)
                case .deadlineExceeded: .deadlineExceeded
                }
        }
    }

    public var exit: Exit
    public var standardOutput: [UInt8]
    public var standardError: [UInt8]
}
