import Foundation
import Model

/// Keys of several people, and commits that they sign in the workspace of a test home.
struct SignedWorkspace {
    let home: TestHome
    var workspace: SmallWorkspace { home.workspace }
    var folder: String { home.scratch.path }
    private let people: [String]

    /// `signers` are lines of `allowed_signers` in which `{name}` stands for that person's public key.
    init(
        floor: String, signers: [String], roles: String = "", people: [String] = ["ada", "cy", "forge", "mallory"],
        runs: Bool = false
    ) throws {
        self.people = people
        home = try TestHome(runs: runs)
        try Program.output("sed", ["-i", "s/^signatures: none.*/signatures: \(floor)/", home.path + "/config.yaml"])
        for name in people {
            try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key(name)])
        }
        try trust(signers)
        try roles.write(toFile: home.path + "/trust/roles.yaml", atomically: true, encoding: .utf8)
    }

    func key(_ name: String) -> String { "\(folder)/key-\(name)" }

    func publicKey(_ name: String) throws -> String {
        try String(contentsOfFile: key(name) + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    func trust(_ signers: [String]) throws {
        var text = signers.joined(separator: "\n") + "\n"
        for name in people {
            text = text.replacingOccurrences(of: "{\(name)}", with: try publicKey(name))
        }
        try text.write(toFile: home.path + "/trust/allowed_signers", atomically: true, encoding: .utf8)
    }

    /// Runs Git as somebody who signs with a key, or does not.
    @discardableResult
    func git(_ arguments: [String], signedBy name: String? = nil, date: String = "2026-03-01T09:00:00Z") throws -> String {
        var settings = ["-C", workspace.checkout, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        if let name {
            settings += ["-c", "gpg.format=ssh", "-c", "user.signingkey=\(key(name))", "-c", "commit.gpgsign=true"]
        }
        return try Program.output(
            "git", settings + arguments, environment: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date]
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Changes a file, commits and pushes; gives the commit's id.
    @discardableResult
    func commit(
        _ files: [String: String]? = nil, signedBy name: String? = nil, date: String = "2026-03-01T09:00:00Z", push: Bool = true
    ) throws -> String {
        let change = files ?? ["tenants/oak/capabilities/note.py": "NOTE = \"\(UUID().uuidString)\"\n"]
        for (path, text) in change { try workspace.write(path, text) }
        try git(["add", "-A"])
        try git(["commit", "-q", "--allow-empty", "-m", "Change by \(name ?? "nobody")"], signedBy: name, date: date)
        if push { try self.push() }
        return try git(["rev-parse", "HEAD"])
    }

    func push() throws { try git(["push", "-q", "--force", "origin", "HEAD:main"]) }

    static func policy(signatures: String, paths: String = "[]") -> [String: String] {
        [
            "policies/small.yaml": SmallWorkspace.manifest(
                "Policy", "small",
                "signatures: \(signatures)\nsandbox: required\ndegradedRunsMayPost: false\nfourEyes: false\nquorum: 1\npaths: \(paths)")
        ]
    }

    /// Reconciles and gives the exit status with what the home then says.
    func reconcile() throws -> (exit: Int32, status: JSONValue, text: String) {
        let result = try home.assay("reconcile")
        guard case .exited(let code) = result.status else { throw Program.Failed(description: "\(result.status)") }
        return (code, try home.json("status"), result.outputText + result.errorText)
    }
}
