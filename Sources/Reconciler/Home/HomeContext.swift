import Digests
import Foundation
import GitStore
import Manifests
import Model
import TenantStore

/// An open tenant home: its settings and its store, with the clock and the fault points of this process.
///
/// Everything that works on a home takes one of these; nothing reads the environment behind its back.
public struct HomeContext: Sendable {
    public let home: TenantHome
    public let configuration: HomeConfiguration
    public let store: TenantStore
    public let objects: ObjectStore
    public let clock: HostClock
    public let faults: FaultPoints
    /// Talks to remotes over the network.
    public let worker: GitWorker
    private let isReadOnly: Bool

    /// Opens a home that `HomeInitialiser` made. `readOnly` works beside a process that writes.
    ///
    /// - Parameter worker: by default the running program; its deadline is the home's own.
    public static func open(
        _ home: TenantHome, readOnly: Bool, clock: HostClock = HostClock(), faults: FaultPoints = .none,
        worker: GitWorker = GitWorker()
    ) throws -> HomeContext {
        try requireHome(home)
        let configuration = try configuration(of: home)
        return HomeContext(
            home: home, configuration: configuration,
            store: try TenantStore.open(atHome: home.path, readOnly: readOnly),
            objects: ObjectStore(directory: home.objects), clock: clock, faults: faults,
            worker: worker.with(configuration), isReadOnly: readOnly)
    }

    /// The same home with its settings read again; the store stays open.
    public func reloaded() throws -> HomeContext {
        let configuration = try Self.configuration(of: home)
        return HomeContext(
            home: home, configuration: configuration, store: store, objects: objects, clock: clock, faults: faults,
            worker: worker.with(configuration), isReadOnly: isReadOnly)
    }

    private static func configuration(of home: TenantHome) throws -> HomeConfiguration {
        guard let bytes = FileManager.default.contents(atPath: home.configuration) else {
            throw HomeError.unreadable(path: home.configuration)
        }
        return try HomeConfiguration.parse(Array(bytes), file: home.configuration)
    }

    public static func requireHome(_ home: TenantHome) throws {
        var status = stat()
        guard stat(home.configuration, &status) == 0 else {
            // A home of another user is there all the same; to make a new one would be the wrong advice.
            throw errno == EACCES ? HomeError.unreadable(path: home.path) : HomeError.missing(path: home.path)
        }
    }

    /// The tenant's document store: as configured, else the folder of the home.
    public var documents: String { configuration.documents.map(absolute) ?? home.documents }

    public var dataPlatform: String? { configuration.dataPlatform.map(absolute) }

    /// The file for metrics, where some are wanted.
    public var metrics: String? { configuration.metrics.map(absolute) }

    /// Paths in `config.yaml` are relative to the home.
    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : home.path + "/" + path }

    /// The mirror of the workspace repository.
    ///
    /// Whoever may change the home begins a new one where there is none: a damaged one is mended by moving it away.
    public func mirror() throws -> Mirror {
        let remote = try remote()
        do {
            return try Mirror(opening: home.mirror, remote: remote, worker: worker, faults: faults)
        } catch GitStoreError.mirrorMissing where !isReadOnly {
            return try Mirror.create(at: home.mirror, remote: remote, worker: worker, faults: faults)
        }
    }

    public func remote() throws -> RemoteConfiguration {
        let repository = configuration.repository
        let user = repository.auth.user ?? RemoteConfiguration.user(inURL: repository.url) ?? "git"
        let authentication: RemoteConfiguration.Authentication
        switch repository.auth.type {
        case "ssh-key": authentication = .sshKey(path: absolute(repository.auth.key ?? ""), user: user)
        case "ssh-agent": authentication = .sshAgent(user: user)
        case "token": authentication = .token(username: user, secret: Secret(try secret(repository.auth.secret ?? "")))
        default: authentication = .none
        }
        return RemoteConfiguration(
            url: repository.url, branch: repository.branch, authentication: authentication,
            knownHosts: repository.knownHosts.map(absolute), caFile: repository.caFile.map(absolute))
    }

    private func secret(_ name: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: home.secrets + "/" + name) else {
            throw HomeError.secretMissing(name: name, folder: home.secrets)
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    public func signingKey() throws -> SigningKey {
        guard let bytes = FileManager.default.contents(atPath: home.stampKeyPEM) else {
            throw HomeError.keyMissing(path: home.stampKeyPEM)
        }
        return try SigningKey(pem: String(decoding: bytes, as: UTF8.self))
    }
}

extension GitWorker {
    /// With the home's own deadline.
    fileprivate func with(_ configuration: HomeConfiguration) -> GitWorker {
        var worker = self
        worker.deadline = .seconds(configuration.poll.timeoutSeconds)
        return worker
    }
}

/// What is wrong with a tenant home itself.
public enum HomeError: AssayError, Equatable {
    case missing(path: String)
    case notEmpty(path: String)
    case unreadable(path: String)
    case unwritable(path: String, why: String)
    case secretMissing(name: String, folder: String)
    case keyMissing(path: String)
    case notNamed

    public var reason: String {
        switch self {
        case .missing, .notNamed: "HomeMissing"
        case .notEmpty: "HomeNotEmpty"
        case .unreadable: "HomeUnreadable"
        case .unwritable: "HomeUnwritable"
        case .secretMissing: "SecretMissing"
        case .keyMissing: "KeyMissing"
        }
    }

    public var message: String {
        switch self {
        case .missing(let path): "There is no tenant home at \(path)"
        case .notEmpty(let path): "\(path) exists and is not an empty folder"
        case .unreadable(let path): "\(path) cannot be read"
        case .unwritable(let path, let why): "\(path) cannot be written: \(why)"
        case .secretMissing(let name, let folder): "There is no secret '\(name)' in \(folder)"
        case .keyMissing(let path): "The stamping key \(path) is missing"
        case .notNamed: "No tenant home is named"
        }
    }

    public var remedy: String {
        switch self {
        case .missing: "Make one with 'assay init DIR --repo URL --tenant NAME'"
        case .notEmpty: "Choose a new directory; nothing was changed"
        case .unreadable: "Check its permissions, and which user runs assay"
        case .unwritable: "Check its permissions and the free space"
        case .secretMissing: "Write it to a file of that name with mode 0600"
        case .keyMissing: "Restore it from a backup: stamps are signed with it"
        case .notNamed: "Give --home DIR or set ASSAY_HOME"
        }
    }
}
