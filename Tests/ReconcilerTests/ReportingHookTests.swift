import Digests
import Foundation
import Model
import TenantStore
import Testing

@testable import Reconciler

@Suite("The hook for commit statuses")
struct ReportingHookTests {
    /// A home whose hook appends what it reads to `said`, and its environment to `environment`; it fails where `broken` exists.
    private func home() throws -> ReportingHome {
        let home = try ReportingHome("hooks: {commitStatus: [tell, --verbose, two words]}\n")
        try """
            #!/bin/sh
            cat >> "\(home.folder)/said"
            [ "$1" = --verbose ] && [ "$2" = 'two words' ] || exit 9
            env > "\(home.folder)/environment"
            if [ -e "\(home.folder)/broken" ]; then echo 'the forge is away' >&2; exit 3; fi

            """.write(toFile: home.home.path + "/tell", atomically: true, encoding: .utf8)
        chmod(home.home.path + "/tell", 0o755)
        return home
    }

    private func said(_ home: ReportingHome) throws -> [JSONValue] {
        let text = (try? String(contentsOfFile: home.folder + "/said", encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map { try CanonicalJSON.parse(Array($0.utf8)) }
    }

    @Test("A commit is told as pending, failure, error or success, each time that something else is to be said")
    func states() async throws {
        let home = try home()
        let context = try home.open()
        let problem = Problem(file: "a.yaml", line: 1, message: "918273.64", remedy: "r")
        try await context.set(.progressing, applied: nil, attempted: 1)
        try await home.report()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        try await context.set(.stalled, applied: 1, attempted: 2, reason: "ManifestInvalid", problems: [problem])
        try await home.report()
        // The host's own trouble, after the commit was applied, is none of the commit's.
        try await context.set(.ready, applied: 3, attempted: 3)
        try await home.report()
        try await context.set(.waiting, applied: 3, attempted: 3, reason: "MirrorUnwritable")
        try await home.report()
        try await context.set(.stalled, applied: 3, attempted: 4, reason: "GitObjectCorrupted")
        try await home.report()
        try await context.set(.ready, applied: 4, attempted: 4)
        try await home.report()
        let told = try said(home)
        #expect(told.map { "\($0["state"]?.string ?? "") \($0["reason"]?.string ?? "")" } == [
            "pending ", "success ", "failure ManifestInvalid", "success ", "error GitObjectCorrupted", "success ",
        ])
        #expect(told[2]["commit"]?.string == commitID(2).hex && told[2]["applied"]?.string == commitID(1).hex)
        #expect(told[2]["context"] == "assay/alder" && told[2]["tenant"] == "alder" && told[2]["version"] == 1)
        #expect(Set(told.compactMap { $0["id"]?.string }).count == told.count)
        let everything = try String(contentsOfFile: home.folder + "/said", encoding: .utf8)
        #expect(!everything.contains("918273"))
        let environment = try String(contentsOfFile: home.folder + "/environment", encoding: .utf8).split(separator: "\n")
        let names = Set(environment.compactMap { $0.split(separator: "=").first.map(String.init) })
        #expect(names.subtracting(["PWD", "SHLVL", "_", "OLDPWD"]) == ["PATH", "LC_ALL"])
    }

    @Test("A program that fails is run again with the same id, and its words are kept for the operator")
    func failing() async throws {
        let home = try home()
        let context = try home.open()
        try "".write(toFile: home.folder + "/broken", atomically: true, encoding: .utf8)
        try await context.set(.ready, applied: 1, attempted: 1)
        #expect(try await home.report().failed.map(\.error.reason) == ["HookFailed"])
        let item = try #require(try await context.store.outbox(.hook).first)
        #expect(item.error?.contains("the forge is away") == true && item.error?.contains("status 3") == true)
        try FileManager.default.removeItem(atPath: home.folder + "/broken")
        #expect(try await home.report().delivered.isEmpty)
        home.advance(2)
        #expect(try await home.report().delivered.count == 1)
        let told = try said(home)
        #expect(told.count == 2 && told[0] == told[1] && told[0]["id"] != nil)
    }

    @Test("A program that is not there, and one that ends badly, keep neither the push nor other commits from being told")
    func missing() async throws {
        let home = try ReportingHome("status: {push: on}\nhooks: {commitStatus: [/nonexistent/tell]}\n")
        let context = try home.open()
        for seed in 1...3 {
            try await context.set(.ready, applied: seed, attempted: seed)
            let delivery = try await home.report(.all)
            #expect(delivery.delivered.map(\.kind) == [.push] && delivery.failed.count == seed)
        }
        #expect(try await context.store.outbox(.hook).allSatisfy { $0.reason == "ProgramMissing" })
        try home.configure("status: {push: on}\nhooks: {commitStatus: [/bin/cat]}\n")
        #expect(try await home.report(.all).delivered.map(\.subject) == [1, 2, 3].map { commitID($0).hex })
    }

    @Test("A crash after the program has run tells the same again, under the same id")
    func twice() async throws {
        let home = try home()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        struct Fault: Error {}
        await #expect(throws: Fault.self) {
            try await home.report(faults: FaultPoints { if $0 == FaultPoint.reportHookRun.rawValue { throw Fault() } })
        }
        #expect(try await home.report().delivered.count == 1)
        let told = try said(home)
        #expect(told.count == 2 && told[0] == told[1])
    }

    @Test("A hook that is configured later is told of the commit that counts")
    func later() async throws {
        let home = try ReportingHome("status: {push: off}\n")
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        try home.configure("hooks: {commitStatus: [/bin/cat]}\n")
        #expect(try await home.report().delivered.map(\.subject) == [commitID(1).hex])
        #expect(try await home.report().delivered.isEmpty)
    }
}
