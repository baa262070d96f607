import Model
import Testing

@Suite("What a commit's message tells")
struct RevisionTests {
    @Test(
        "the pull request's number is found as forges write it",
        arguments: [
            ("Merge pull request #12 from ada/fees", "", 12), ("Charge fees (#7)", "", 7), ("Charge fees", "Pull-Request: #31", 31),
            ("Charge fees", "More\n\npull-request: https://git.example/alder/pulls/9", 9),
            ("Merge branch 'fees' into 'main'", "Charge fees\n\nSee merge request alder/ops!44", 44),
            ("Charge fees", "", nil), ("Fix (again)", "", nil), ("Fix (#x)", "", nil), ("Merge pull request #", "", nil), ("(", ")", nil),
            ("Charge fees (#99999999999999999999)", "", nil), ("", "See merge request !", nil),
        ])
    func pullRequest(subject: String, body: String, number: Int?) throws {
        let id = try #require(GitObjectID(hex: String(repeating: "a", count: 40)))
        let ada = GitPerson(name: "Ada", email: "ada@example.com", time: 0, offset: 0)
        let revision = Revision(
            commit: id, tree: id, parents: [], author: ada, committer: ada, subject: subject, body: body, signature: .none)
        #expect(revision.pullRequest == number)
    }
}
