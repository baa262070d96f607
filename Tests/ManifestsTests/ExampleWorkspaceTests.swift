import Foundation
import Model
import Testing

@testable import Manifests

@Suite("The example workspace")
struct ExampleWorkspaceTests {
    private static let example = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "example-repo")

    @Test("It loads without a problem, and every kind occurs")
    func loads() throws {
        switch try ManifestLoader.load(DirectorySource(root: Self.example.appending(path: "workspace")), tenant: "alder") {
        case .loaded(let resources):
            #expect(Set(resources.map(\.key.kind)) == Set(ResourceKind.allCases))
            #expect(resources.filter { $0.key.kind == .entity }.map(\.key.name) == ["alder-jersey", "alder-lux", "alder-uk"])
        case .problems(let problems):
            Issue.record(Comment(rawValue: problems.map { "\($0.file):\($0.line): \($0.message)" }.joined(separator: "\n")))
        }
    }

    @Test("The merge with mistakes is refused with all of them")
    func mistakes() throws {
        let folder = try TemporaryFolder()
        let workspace = folder.url.appending(path: "workspace")
        try FileManager.default.copyItem(at: Self.example.appending(path: "workspace"), to: workspace)
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/git")
        git.arguments = ["apply", Self.example.appending(path: "changes/03-mistakes.patch").path]
        git.currentDirectoryURL = workspace
        try git.run()
        git.waitUntilExit()
        try #require(git.terminationStatus == 0)
        guard case .problems(let problems) = try ManifestLoader.load(DirectorySource(root: workspace), tenant: "alder") else {
            Issue.record("the mistakes were not found")
            return
        }
        #expect(problems.filter { $0.file.hasSuffix("deployments/nav-monthly.yaml") }.count == 2)
        #expect(problems.contains { $0.file.hasSuffix("schedules/nav-monthly.yaml") })
        #expect(problems.contains { $0.file.hasSuffix("entities/alder-lux.yaml") })
    }
}
