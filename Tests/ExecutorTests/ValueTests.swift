import Foundation
import Model
import Testing

@testable import Executor

@Suite("Values around a guest")
struct ValueTests {
    @Test("A logical time is read with its offset, and nothing else passes", arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-03-31T23:59:59+01:00", 1_774_997_999), ("2024-02-29T12:00:00-05:30", 1_709_227_800),
        ("2026-12-31T23:59:59Z", 1_798_761_599), ("2000-03-01T00:00:00Z", 951_868_800),
    ] as [(String, Int64)])
    func logicalTime(text: String, seconds: Int64) throws {
        #expect(try LogicalTime.nanoseconds(text) == seconds * 1_000_000_000)
    }

    @Test("A malformed logical time is refused and named", arguments: [
        "soon", "2026-03-31", "2026-03-31T23:59:59", "2026-02-30T00:00:00Z", "2026-03-31T24:00:00Z", "2026-03-31T23:59:59+1:00",
        "1969-12-31T23:59:59Z", "2026-03-31T23:59:60Z", "2026-03-31T23:59:59 01:00", "2026-03-31t23:59:59Z",
    ])
    func malformedTime(text: String) {
        let error = #expect(throws: ExecutorError.self) { try LogicalTime.nanoseconds(text) }
        #expect(error?.reason == "StartInvalid" && error?.message.contains(text) == true)
    }

    @Test("The filter names each call once, and is a few kilobytes")
    func filter() throws {
        let names = SystemCalls.allowed + SystemCalls.denied
        #expect(Set(names).count == names.count)
        let program = try SystemCallFilter.program()
        #expect(program.count % 8 == 0 && program.count < 32768)
    }

    @Test("The shim's settings have one length, whatever the time")
    func settings() throws {
        let digest = try found(ContentDigest(hex: String(repeating: "0", count: 64)))
        for wall in [0, 1, 1_774_997_999_000_000_000, Int64.max] {
            let launch = GuestLaunch(
                closure: "", safePath: true, code: "", arguments: [], wall: wall, seed: digest, limits: .standard)
            #expect(launch.settings.utf8.count == 85)
        }
    }

    @Test("Output names stay below their folder")
    func outputNames() {
        for name in ["nav.json", "reports/nav.json", "Überblick 2026.csv", "a..b"] { #expect(OutputCollection.isSafe(name)) }
        for name in [
            "", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0b", "x.stamp.json", "x.stamp.json.sig",
            "x.stamp.json/y", "a/x.stamp.json.sig/y",
            String(repeating: "x", count: 201),
        ] { #expect(!OutputCollection.isSafe(name), "\(name)") }
    }

    @Test("A support file that is missing is named with the places searched")
    func supportFiles() {
        let error = ExecutorError.supportFileMissing(name: "libdeterminism.so", searched: ["/a", "/b"])
        #expect(error.description.hasPrefix("libdeterminism.so, which comes with assay, was found in none of /a, /b"))
    }
}
