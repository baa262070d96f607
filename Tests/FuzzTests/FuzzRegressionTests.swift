import Foundation
import Testing

/// The short form of `make fuzz`: the same promises over what is kept, and over some thousand changes of it.
@Suite("Fuzz")
struct FuzzRegressionTests {
    static let names = FuzzTarget.all.map(\.name)

    @Test("Every seed and every case that was found keeps all promises", arguments: names)
    func kept(_ name: String) async throws {
        let target = try #require(FuzzTarget.named(name)), corpus = try Corpus(of: name)
        #expect(!corpus.cases.isEmpty && !corpus.tokens.isEmpty)
        for input in corpus.cases {
            do { try await target.run(input.bytes) } catch { Issue.record("\(input.path): \(error)") }
        }
    }

    @Test("Random changes of them keep all promises", arguments: names)
    func changed(_ name: String) async throws {
        let seed = ProcessInfo.processInfo.environment["ASSAY_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        let target = try #require(FuzzTarget.named(name)), corpus = try Corpus(of: name)
        let inputs = corpus.cases.map(\.bytes)
        // A trap would end all tests without a word: what is being tried is on disk before it is tried.
        let trying = FileManager.default.temporaryDirectory.appending(path: "assay-fuzz-\(name)-\(seed)")
        print("seed of \(name): \(seed); while it runs, the input is in \(trying.path)")
        var mutator = Mutator(seed: seed, tokens: corpus.tokens)
        for round in 0..<250 {
            let input = mutator.change(inputs, longest: target.longest)
            try Data(input).write(to: trying)
            do {
                try await target.run(input)
            } catch {
                Issue.record("seed \(seed), round \(round): \(error)\n\(Data(input).base64EncodedString())")
                return
            }
        }
        try FileManager.default.removeItem(at: trying)
    }
}
