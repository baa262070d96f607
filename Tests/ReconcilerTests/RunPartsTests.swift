import Digests
import Foundation
import Model
import Testing

@testable import Reconciler

@Suite("Parts of a run")
struct RunPartsTests {
    @Test(
        "a pattern over document names",
        arguments: [
            ("bank/*.xml", "bank/a.xml", true), ("bank/*.xml", "bank/sub/a.xml", false), ("*.xml", "bank/a.xml", false),
            ("**/*.xml", "a.xml", true), ("**/*.xml", "bank/sub/a.xml", true), ("bank/**/*", "bank/x/y/z", true),
            ("bank/?.csv", "bank/a.csv", true), ("bank/?.csv", "bank/ab.csv", false), ("a", "a", true), ("a", "b", false),
            ("", "", true), ("*", "", true), ("**/*", "deep/er/file", true), ("a[b", "a[b", true),
        ])
    func pattern(pattern: String, name: String, matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    @Test("a hostile pattern costs pattern times name, not more")
    func hostilePattern() {
        let pattern = String(repeating: "*a", count: 200)
        #expect(!NamePattern(pattern).matches(String(repeating: "a", count: 199) + "b"))
    }

    @Test(
        "a run's now is the last second of its period in the tenant's zone",
        arguments: [
            ("2026-03", "Europe/London", "2026-03-31T23:59:59+01:00"), ("2026-02", "Europe/London", "2026-02-28T23:59:59Z"),
            ("2026-Q1", "America/New_York", "2026-03-31T23:59:59-04:00"), ("2024-02", "Asia/Kathmandu", "2024-02-29T23:59:59+05:45"),
            ("2026", "Australia/Lord_Howe", "2026-12-31T23:59:59+11:00"),
        ])
    func logicalTime(period: String, zone: String, expected: String) throws {
        #expect(LogicalTime.end(of: try #require(Period(period)), zone: zone) == expected)
    }

    @Test("an unknown zone is no time")
    func unknownZone() throws {
        #expect(LogicalTime.end(of: try #require(Period("2026-03")), zone: "Mars/Olympus") == nil)
    }

    @Test("the host's clock writes RFC 3339 as Foundation does")
    func clock() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for seconds in stride(from: -1_000_000_000.0, to: 8_000_000_000, by: 86_399_123.457) {
            let date = Date(timeIntervalSince1970: (seconds * 1000).rounded(.down) / 1000)
            let parsed = try #require(formatter.date(from: HostClock.format(date)))
            #expect(abs(parsed.timeIntervalSince(date)) < 0.002)
        }
        #expect(HostClock.rfc3339(seconds: 951_782_400) == "2000-02-29T00:00:00.000Z")
    }

    @Test("a history is read back as it was written, and another version is refused")
    func history() throws {
        let digest = SHA256.digest(Array("x".utf8))
        let events = (1...3).map {
            Event(
                sequence: $0, kind: "log", request: "{\"message\":\"line\\n\($0)\"}", requestSHA256: digest, responseSHA256: nil,
                completion: nil, actor: "host", recordedAt: "2026-03-01T00:00:00.000Z", file: "a.py", line: $0)
        }
        let bytes = try HistoryDocument.encode(run: "r", events: events)
        let read = try HistoryDocument.decode(bytes)
        #expect(read.run == "r" && read.events == events)
        let newer = String(decoding: bytes, as: UTF8.self).replacing("\"version\":1", with: "\"version\":2")
        #expect(throws: StampError.self) { try HistoryDocument.decode(Array(newer.utf8)) }
        #expect(throws: StampError.self) { try HistoryDocument.decode([]) }
    }

    @Test("an element that only one of two lists has is nothing on the other side, and not null")
    func comparedLists() {
        var found: [OutputComparison.Detail] = []
        OutputComparison.walk(["lines": ["1.00", "2.00"]], ["lines": ["1.00"]], pointer: "", into: &found)
        #expect(found == [.init(place: "/lines/1", before: "2.00", after: nil)])
    }

    @Test("limits are the smallest of the deployment's and every policy's")
    func limits() throws {
        let wide = Limits(wallSeconds: 900, cpuSeconds: 10, memoryMiB: 4096, outputMiB: 1, effects: 5)
        let spec: JSONValue = [
            "signatures": "none", "sandbox": "required", "degradedRunsMayPost": false, "fourEyes": false, "quorum": 1,
            "paths": [],
            "limits": ["wallSeconds": 60, "cpuSeconds": 300, "memoryMiB": 512, "outputMiB": 64, "effects": 100],
        ]
        let resource = Resource(
            key: ResourceKey(.policy, name: "p"), path: "policies/p.yaml", spec: spec, digest: try CanonicalJSON.digest(spec),
            references: [])
        let bounded = try PolicySet([resource]).bounded(wide)
        #expect(bounded == Limits(wallSeconds: 60, cpuSeconds: 10, memoryMiB: 512, outputMiB: 1, effects: 5))
    }
}
