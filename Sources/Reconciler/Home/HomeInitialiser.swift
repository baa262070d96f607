import Digests
import Foundation
import GitStore
import Manifests
import Model
import TenantStore

/// Makes a tenant home: folders, configuration, keys, empty store and mirror. It appears whole or not at all.
public struct HomeInitialiser: Sendable {
    public var home: TenantHome
    public var repository: String
    public var branch: String
    public var tenant: String
    public var documents: String?
    public var dataPlatform: String?
    public var python: String?
    public var sandbox: String
    /// Commits up to and including this one are trusted without a signature.
    public var seal: GitObjectID?

    public init(
        home: TenantHome, repository: String, branch: String, tenant: String, documents: String? = nil,
        dataPlatform: String? = nil, python: String? = nil, sandbox: String = "required",
        seal: GitObjectID? = nil
    ) {
        self.home = home
        self.repository = repository
        self.branch = branch
        self.tenant = tenant
        self.documents = documents
        self.dataPlatform = dataPlatform
        self.python = python
        self.sandbox = sandbox
        self.seal = seal
    }

    public func create() throws {
        let manager = FileManager.default
        // `fileExists` follows links; a dangling one is something as well.
        let isThere = (try? manager.attributesOfItem(atPath: home.path)) != nil
        if isThere, (try? manager.contentsOfDirectory(atPath: home.path))?.isEmpty != true {
            throw HomeError.notEmpty(path: home.path)
        }
        try RemoteConfiguration(url: repository, branch: branch).checkURL()
        // Judged before anything is written, by the same reader that will read it.
        let configuration = Array(configurationText.utf8)
        _ = try HomeConfiguration.parse(configuration, file: "config.yaml")
        let staging = TenantHome(home.path + ".new-\(ProcessInfo.processInfo.processIdentifier)")
        do {
            try? manager.removeItem(atPath: staging.path)
            try fill(staging, configuration: configuration)
            // Only ever an empty folder: what came into it meanwhile stays.
            rmdir(home.path)
            try manager.moveItem(atPath: staging.path, toPath: home.path)
        } catch {
            try? manager.removeItem(atPath: staging.path)
            throw (error as? any AssayError) ?? HomeError.unwritable(path: home.path, why: error.localizedDescription)
        }
    }

    private func fill(_ place: TenantHome, configuration: [UInt8]) throws {
        for folder in [place.path, place.path + "/trust", place.openPGPKeys, place.path + "/keys", place.secrets] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for folder in [place.objects, place.trees, place.documents, place.outputs] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try write(configuration, to: place.configuration, mode: 0o644)
        try write(Array(Self.signersText.utf8), to: place.allowedSigners, mode: 0o644)
        try write(Array(Self.rolesText.utf8), to: place.roles, mode: 0o644)
        try writeKey(in: place)
        let store = try StoreDatabase.create(atHome: place.path)
        if let seal { try store.set(TrustGate.sealSetting, to: seal.hex, at: HostClock().now()) }
        _ = try Mirror.create(
            at: place.mirror, remote: RemoteConfiguration(url: repository, branch: branch))
    }

    /// One seed in every form that people's tools read: Debian's do not convert Ed25519 keys between PEM and OpenSSH.
    private func writeKey(in place: TenantHome) throws {
        let key = try SigningKey.generate()
        let comment = "assay-\(tenant)"
        try write(Array(key.pem.utf8), to: place.stampKeyPEM, mode: 0o600)
        try write(Array(key.openSSHPrivateKey(comment: comment).utf8), to: place.stampKeyOpenSSH, mode: 0o600)
        try write(Array((key.verifyingKey.openSSH(comment: comment) + "\n").utf8), to: place.stampKeyPublic, mode: 0o644)
        try write(Array(key.verifyingKey.pem.utf8), to: place.stampKeyPublicPEM, mode: 0o644)
    }

    private func write(_ bytes: [UInt8], to path: String, mode: Int) throws {
        guard FileManager.default.createFile(
            atPath: path, contents: Data(bytes), attributes: [.posixPermissions: mode])
        else { throw HomeError.unwritable(path: path, why: String(cString: strerror(errno))) }
    }

    private var configurationText: String {
        var text = """
            # Settings of this tenant home. Paths are absolute or relative to this folder.
            repository:
              url: \(quoted(repository))
              branch: \(quoted(branch))
              auth:
                type: none            # none | ssh-key | ssh-agent | token (then: user, key or secret)
              # knownHosts: known_hosts  for SSH: which host keys are trusted
            tenant: \(quoted(tenant))
            signatures: none          # none | head | every: the floor; policies may only tighten it
            sandbox: \(sandbox)       # required | degraded
            # status: {push: on}      says in Git what was deployed and run, without financial data

            """
        if let documents { text += "documents: \(quoted(documents))\n" }
        if let dataPlatform { text += "dataPlatform: \(quoted(dataPlatform))\n" }
        if let python { text += "python: \(quoted(python))\n" }
        return text
    }

    /// A double-quoted YAML scalar: JSON strings are.
    private func quoted(_ text: String) -> String {
        (try? String(decoding: CanonicalJSON.encode(.string(text)), as: UTF8.self)) ?? "\"\""
    }

    private static let signersText = """
        # Who may sign what, in the format of OpenSSH's allowed_signers (see ssh-keygen(1), ALLOWED SIGNERS):
        #   ada@example.com namespaces="git" ssh-ed25519 AAAA…
        # For commits the namespace is "git", for going on after a rewritten branch "history@assay". OpenPGP keys go to openpgp/<principal>.asc beside this file.
        # This file is outside the watched repository on purpose. Its digest is in every stamp.

        """

    private static let rolesText = """
        # role: [principals] as named in allowed_signers or by the files of openpgp/, for example
        #   approver: [ada@example.com]

        """
}
