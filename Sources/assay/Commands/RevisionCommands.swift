import Foundation
import GitStore
import Model
import Reconciler
import TenantStore

// What became of the branch's commits: lists, and one of them whole.
extension Commands {
    static func getRevisions(_ context: HomeContext, json: Bool) async throws -> ExitCode {
        let records = try await context.store.perform { try $0.latestRevisions(limit: 1000) }
        if json {
            try print(json: ["revisions": .array(try records.map(Self.json))])
        } else if records.isEmpty {
            console.message("no revisions yet")
        } else {
            let rows = records.map { record in
                let revision = record.revision
                return [
                    revision.commit.short, record.firstSeen, record.outcome.rawValue, record.reason, String(record.changes),
                    revision.signer ?? revision.signature.rawValue, revision.author.name, plain(revision.subject),
                ]
            }
            console.print(
                console.table(
                    rows, header: ["COMMIT", "FIRST SEEN", "OUTCOME", "REASON", "CHANGES", "SIGNED", "AUTHOR", "SUBJECT"],
                    right: [4]))
        }
        return .done
    }

    static func getRepairs(_ context: HomeContext, json: Bool) async throws -> ExitCode {
        let repairs = try await context.store.repairs(limit: 1000)
        if json {
            let items = repairs.map { repair -> JSONValue in
                ["action": .string(repair.action.rawValue), "kind": .string(repair.key.kind.rawValue),
                    "name": .string(repair.key.name), "fields": .array(repair.fields.map { .string($0) }),
                    "commit": .string(repair.commit.hex), "at": .string(repair.at)]
            }
            try print(json: ["repairs": .array(items)])
        } else if repairs.isEmpty {
            console.message("nothing ever differed from its commit")
        } else {
            let rows = repairs.map {
                [$0.at, $0.action.rawValue, $0.key.description, $0.fields.joined(separator: ", "), $0.commit.short]
            }
            console.print(console.table(rows, header: ["AT", "HAD TO", "WHAT", "FIELDS", "TO MATCH"]))
        }
        return .done
    }

    static func showRevision(_ invocation: Invocation) async throws -> ExitCode {
        guard invocation.arguments.count == 2 else {
            throw UsageError(message: "'assay show revision' needs a commit", remedy: "'assay get revisions' lists them")
        }
        let context = try reading(invocation)
        let commit = try await context.mirror().resolve(invocation.arguments[1])
        let (records, plan) = try await context.store.perform {
            (try $0.revisions(of: commit), try $0.appliedPlan(to: commit))
        }
        guard let last = records.last else { throw GitStoreError.revisionUnknown(invocation.arguments[1]) }
        if invocation.json {
            var value = try json(last).object ?? [:]
            value["history"] = .array(
                records.map {
                    ["outcome": .string($0.outcome.rawValue), "reason": .string($0.reason), "message": .string($0.message)]
                })
            value["changed"] = .array(
                (plan?.changes ?? []).map {
                    ["action": .string($0.action.rawValue), "kind": .string($0.key.kind.rawValue),
                        "name": .string($0.key.name), "fields": .array($0.fields.map { .string($0) })]
                })
            try print(json: .object(value))
        } else {
            show(last, records: records, plan: plan)
        }
        return .done
    }

    private static func show(_ last: RevisionRecord, records: [RevisionRecord], plan: Plan?) {
        let revision = last.revision
        func person(_ person: GitPerson) -> String {
            "\(plain(person.name)) <\(plain(person.email))>, says \(HostClock.rfc3339(seconds: person.time))"
        }
        console.print("commit      \(revision.commit.hex)")
        console.print("subject     \(plain(revision.subject))")
        console.print("author      \(person(revision.author))")
        console.print("committer   \(person(revision.committer))")
        if revision.parents.count > 1 {
            console.print("merges      \(revision.parents.dropFirst().map(\.short).joined(separator: ", ")) into \(revision.parents[0].short)")
        }
        if let number = revision.pullRequest { console.print("pull request #\(number)") }
        let signer = revision.signer.map { ", verified: \($0)" } ?? ""
        console.print("signature   \(revision.signature.rawValue)\(signer)")
        console.print("first seen  \(last.firstSeen)")
        for record in records {
            let why = [record.reason, plain(record.message)].filter { !$0.isEmpty }.joined(separator: ": ")
            console.print("outcome     \(record.outcome.rawValue)\(why.isEmpty ? "" : " (\(why))")")
        }
        if let plan { show(plan) }
    }

    private static func json(_ record: RevisionRecord) throws -> JSONValue {
        [
            "revision": try JSONValue(encoding: record.revision), "firstSeen": .string(record.firstSeen),
            "outcome": .string(record.outcome.rawValue), "reason": .string(record.reason),
            "message": .string(record.message), "changes": .integer(Int64(record.changes)),
            "pullRequest": record.revision.pullRequest.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    /// One line about a deployment that does not serve the applied commit.
    static func line(for hold: DeploymentHold) -> String {
        let serving = hold.serving.map { "commit \($0.short) serves" } ?? "nothing serves"
        return console.paint("held", .red) + "       \(hold.deployment): \(hold.reason) at \(hold.attempted.short), \(serving): \(plain(hold.message))"
    }

    /// Text of others without what a terminal would act upon.
    static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? " " : Character(scalar)
            })
    }
}
