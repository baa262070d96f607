import Model
import Testing

@testable import Manifests

@Suite("Files of a tenant home")
struct HomeConfigurationTests {
    @Test("The least configuration gets its defaults")
    func defaults() throws {
        let text = "repository: {url: /srv/git/alder.git}\ntenant: alder\n"
        let configuration = try HomeConfiguration.parse(Array(text.utf8))
        #expect(configuration.repository.branch == "main" && configuration.repository.auth.type == "none")
        #expect(configuration.poll.timeoutSeconds == 60)
        #expect(configuration.poll.seconds == 60 && configuration.workers == 2 && configuration.sandbox == "required")
        #expect(configuration.prune == .init(maximum: 50, allowEmpty: false))
    }

    @Test("The time for a conversation with the repository is set apart from the interval")
    func timeout() throws {
        let text = "repository: {url: /srv/git/alder.git}\ntenant: alder\npoll: {timeout: 5m}\n"
        let configuration = try HomeConfiguration.parse(Array(text.utf8))
        #expect(configuration.poll.timeoutSeconds == 300 && configuration.poll.seconds == 60)
    }

    @Test("All problems are in the error, the first in its message")
    func problems() throws {
        let text = "repository: {url: x, auth: {type: token}}\ntennant: alder\npoll: {interval: 1d}\n"
        let error = try #require(throws: ManifestError.self) { try HomeConfiguration.parse(Array(text.utf8)) }
        let problems: [Problem] =
            switch error {
            case .invalid(let problems): problems
            }
        #expect(problems.map(\.line) == [1, 1, 2, 3])
        #expect(error.message == "config.yaml:1: The configuration lacks the key 'tenant' (and 3 more)")
        #expect(error.reason == "ManifestInvalid" && error.disposition == .stall)
    }

    @Test("The status goes to a reference of its own unless another is named, and never to the branch that is deployed")
    func status() throws {
        let start = "repository: {url: /srv/git/alder.git}\ntenant: alder\n"
        func reference(_ text: String) throws -> String {
            try HomeConfiguration.parse(Array((start + text).utf8)).statusReference
        }
        #expect(try reference("") == "refs/assay/status/alder")
        #expect(try reference("status: {push: on, branch: assay/alder}\n") == "refs/heads/assay/alder")
        #expect(try reference("status: {ref: refs/status/test}\n") == "refs/status/test")
        for wrong in ["{branch: main}", "{ref: refs/heads/main}", "{branch: a, ref: refs/b}", "{ref: main}", "{push: yes}"] {
            #expect(throws: ManifestError.self, "\(wrong)") { try reference("status: \(wrong)\n") }
        }
        let error = try #require(throws: ManifestError.self) { try reference("status:\n  push: on\n  branch: main\n") }
        #expect(error.message.hasPrefix("config.yaml:5: "))
        let hooks = try HomeConfiguration.parse(Array((start + "hooks: {commitStatus: [/usr/local/bin/tell, --verbose]}\n").utf8)).hooks
        #expect(hooks.commitStatus == ["/usr/local/bin/tell", "--verbose"])
    }

    @Test(
        "Intervals are read in seconds, minutes and hours",
        arguments: [("60s", 60), ("5m", 300), ("1h", 3600), ("24h", 86_400)])
    func intervals(text: String, seconds: Int) {
        #expect(HomeConfiguration.seconds(text) == seconds)
    }

    @Test("Roles name their principals")
    func roles() throws {
        let roles = try TrustRoles.parse(Array("risk: [ada@example.org]\nfund-accounting:\n  - bo@example.org\n".utf8))
        #expect(roles.principals == ["risk": ["ada@example.org"], "fund-accounting": ["bo@example.org"]])
        #expect(try TrustRoles.parse(Array("# role: [principals]\n\n  # none yet\n".utf8)).principals.isEmpty)
        #expect(throws: ManifestError.self) { try TrustRoles.parse(Array("risk: []\n".utf8)) }
        #expect(throws: ManifestError.self) { try TrustRoles.parse(Array("Risk: [a]\n".utf8)) }
    }
}
