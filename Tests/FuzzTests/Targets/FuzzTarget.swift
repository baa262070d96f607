import Model

/// One surface that takes bytes from somebody who is not trusted, with what must hold whatever the bytes are.
///
/// The same check runs under libFuzzer (`make fuzz`) and in the tests, over seeds, found cases and random changes of them.
package struct FuzzTarget: Sendable {
    package typealias Bytes = [UInt8]

    package enum Check: Sendable {
        case immediate(@Sendable (Bytes) throws -> Void)
        /// For surfaces that an actor guards.
        case awaiting(@Sendable (Bytes) async throws -> Void)
    }

    /// Names the folders of seeds and found cases.
    package let name: String
    /// Longest input that the fuzzer makes, in bytes.
    package let longest: Int
    /// Throws where the product broke a promise.
    package let check: Check

    package func run(_ input: Bytes) async throws {
        switch check {
        case .immediate(let check): try check(input)
        case .awaiting(let check): try await check(input)
        }
    }

    package static let all = [
        FuzzTarget(name: "manifest", longest: 4_096, check: .immediate(ManifestPromises.check)),
        FuzzTarget(name: "front-matter", longest: 4_096, check: .immediate(FrontMatterPromises.check)),
        FuzzTarget(name: "config", longest: 2_048, check: .immediate(ConfigPromises.check)),
        FuzzTarget(name: "cron", longest: 128, check: .immediate(CronPromises.check)),
        FuzzTarget(name: "allowed-signers", longest: 2_048, check: .immediate(TrustPromises.check)),
        FuzzTarget(name: "frames", longest: 8_192, check: .awaiting(GuestPromises.check)),
        FuzzTarget(name: "tree", longest: 2_048, check: .awaiting(TreePromises.check)),
        FuzzTarget(name: "json", longest: 2_048, check: .immediate(JSONPromises.check)),
    ]

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A promise that the product broke.
package struct BrokenPromise: Error, CustomStringConvertible {
    package var description: String
}

func promise(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw BrokenPromise(description: what()) }
}

extension BrokenPromise {
    /// More than this in one message is no message: a hostile text was copied into it.
    static let longestMessage = 3_000

    /// An error must name the thing, say what is wrong and what to do, in a length that people read.
    static func check(_ error: any AssayError) throws {
        try check(error.message, error.remedy)
        try promise(!error.reason.isEmpty, "an error has no reason: \(error.message)")
    }

    /// What is true of every list of problems.
    static func check(_ problems: [Problem]) throws {
        try promise(!problems.isEmpty, "there are problems and none is named")
        try promise(problems == problems.sorted(), "problems are not sorted: \(problems)")
        for problem in problems {
            try promise(!problem.file.isEmpty, "a problem names no file: \(problem)")
            try promise(problem.line >= 0 && problem.column >= 0, "a problem stands nowhere: \(problem)")
            // The longest path that may be deployed, with each character written out.
            try promise(problem.file.utf8.count <= 9 * 1_024, "a problem's file has \(problem.file.utf8.count) bytes")
            try check(problem.message, problem.remedy)
        }
    }

    static func check(_ message: String, _ remedy: String) throws {
        try promise(!message.isEmpty, "a message is empty")
        try promise(!remedy.isEmpty, "there is no remedy for: \(message)")
        try promise(message.utf8.count <= longestMessage, "a message has \(message.utf8.count) bytes: \(message.prefix(200))")
        try promise(remedy.utf8.count <= longestMessage, "a remedy has \(remedy.utf8.count) bytes: \(remedy.prefix(200))")
    }
}
