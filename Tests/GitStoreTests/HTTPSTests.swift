import Foundation
import Model
import Testing

@testable import GitStore

@Suite("HTTPS", .serialized, .enabled(if: HTTPSServer.canServe, "needs python3, openssl and git http-backend"))
struct HTTPSTests {
    /// One test, because the trusted authorities hold for the whole process and the order matters.
    @Test("Certificates are verified, a token is offered once, and each refusal is named", arguments: [nil, builtWorker()])
    func journey(worker: GitWorker?) async throws {
        setenv("no_proxy", "localhost,127.0.0.1", 1)
        let scratch = Scratch()
        let remote = try Remote(scratch("served/fund.git"))
        let first = try remote.commit("First", ["a.txt": String(repeating: "a", count: 5000)])
        let server = try HTTPSServer(serving: scratch("served"), in: scratch)
        let host = "https://localhost:\(server.port)"
        let token = RemoteConfiguration.Authentication.token(username: "robot", secret: Secret("open sesame"))

        func fetch(
            _ url: String, _ authentication: RemoteConfiguration.Authentication = .none, ca: String? = nil, branch: String = "main"
        ) async -> Result<FetchResult, GitStoreError> {
            let remote = RemoteConfiguration(url: url, branch: branch, authentication: authentication, caFile: ca)
            do {
                let mirror = try Mirror.create(at: scratch(UUID().uuidString), remote: remote, worker: worker)
                return .success(try await mirror.fetch())
            } catch let error as GitStoreError {
                return .failure(error)
            } catch {
                return .failure(.unreachable(url: url, detail: "\(error)"))
            }
        }
        func reason(_ result: Result<FetchResult, GitStoreError>) -> String? {
            if case .failure(let error) = result { error.reason } else { nil }
        }

        #expect(reason(await fetch("\(host)/fund.git/.git", token)) == "CertificateRefused")
        #expect(server.requests == 0, "the token must not reach a host that was not verified")
        let ca = server.certificateAuthority
        #expect(reason(await fetch("\(host)/fund.git/.git", token, ca: scratch("none.pem"))) == "RemoteSettingUnusable")
        #expect(await fetch("\(host)/fund.git/.git", token, ca: ca) == .success(.moved(from: nil, to: first)))
        #expect(reason(await fetch("https://127.0.0.1:\(server.port)/fund.git/.git", token, ca: ca)) == "CertificateRefused")

        let before = server.requests
        let wrong = RemoteConfiguration.Authentication.token(username: "robot", secret: Secret("wrong"))
        let refused = await fetch("\(host)/fund.git/.git", wrong, ca: ca)
        #expect(reason(refused) == "CredentialsRefused")
        #expect(!"\(refused)".contains("wrong"))
        #expect(server.requests - before <= 3)
        #expect(reason(await fetch("\(host)/fund.git/.git", ca: ca)) == "CredentialsRefused")
        #expect(reason(await fetch("\(host)/fund.git/.git", .sshAgent(user: "git"), ca: ca)) == "CredentialsRefused")
        #expect(reason(await fetch("\(host)/fund.git/.git", token, ca: ca, branch: "gone")) == "BranchMissing")
        #expect(reason(await fetch("\(host)/nothing.git", token, ca: ca)) == "RemoteUnreachable")

        _ = try Remote(scratch("served/public/empty.git"), bare: true)
        #expect(reason(await fetch("\(host)/public/empty.git", ca: ca)) == "RemoteEmpty")
        let modern = try Remote(scratch("served/public/modern"), format: "sha256")
        try modern.write("a", "a")
        try modern.git("add", "-A")
        try modern.git("commit", "-q", "-m", "a")
        #expect(reason(await fetch("\(host)/public/modern/.git", ca: ca)) == "SHA256Repository")
    }

    @Test("Over the wire only the branch is fetched, new commits follow, and a rewritten tip is kept")
    func follows() async throws {
        setenv("no_proxy", "localhost,127.0.0.1", 1)
        let scratch = Scratch()
        let remote = try Remote(scratch("served/public/fund"))
        let first = try remote.commit("First", ["a.txt": "a"])
        try remote.git("checkout", "-q", "-b", "other")
        let other = try remote.commit("Other")
        try remote.git("checkout", "-q", "main")
        let server = try HTTPSServer(serving: scratch("served"), in: scratch)
        let mirror = try Mirror.create(
            at: scratch("mirror.git"),
            remote: RemoteConfiguration(
                url: "https://localhost:\(server.port)/public/fund/.git", branch: "main", caFile: server.certificateAuthority))
        #expect(try await mirror.fetch() == .moved(from: nil, to: first))
        #expect(await failure { try await mirror.revision(other) } == .objectMissing(id: other.hex, place: "commit"))
        let second = try remote.commit("Second", ["b.txt": "b"])
        #expect(try await mirror.fetch() == .moved(from: first, to: second))
        #expect(try await mirror.fetch() == .unchanged(second))
        try remote.git("reset", "-q", "--hard", first.hex)
        let third = try remote.commit("Third", ["c.txt": "c"])
        #expect(try await mirror.fetch() == .rewritten(from: second, to: third))
        #expect(try await mirror.keptCommits() == [second])
    }
}
