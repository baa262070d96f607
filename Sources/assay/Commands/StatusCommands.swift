import Foundation
import GitStore
import Model
import Reconciler
import TenantStore

extension Commands {
    static let status = CommandDefinition(
        name: "status", summary: "what is applied, at which commit, and what keeps it from going on",
        options: [
            .value("remote", "URL", "of a host elsewhere, as it wrote it to this repository; needs no home"),
            .value("tenant", "NAME", "with --remote: whose status, where the repository has several"),
            .value("branch", "NAME", "with --remote: the branch that the status is on (default: refs/assay/status/TENANT)"),
            .value("period", "PERIOD", "with --remote: every run of this period, not only the last ones"),
            .value("user", "NAME", "with --remote: who logs in (default: the user in the URL, else git)"),
            .value("key", "FILE", "with --remote over SSH: a private key (default: the SSH agent)"),
            .value("known-hosts", "FILE", "with --remote over SSH: the host keys to trust (default: ~/.ssh/known_hosts)"),
            .value("token", "FILE", "with --remote over HTTPS: a file that holds the token"),
            .value("ca-file", "FILE", "with --remote over HTTPS: certificate authorities to trust instead of the system's"),
            .home, .json,
        ],
        details: "With --remote it shows what the host last wrote to the repository: no amounts, documents or outputs, but the digest of "
            + "every stamp, which 'sha256sum OUTPUT.stamp.json' must give.",
        example: "assay status --remote git@git.example:alder.git --tenant alder"
    ) { invocation in
        if let url = invocation.value("remote") { return try await remoteStatus(invocation, url: url) }
        let context = try reading(invocation)
        if invocation.json {
            try print(json: try await statusJSON(context))
            return .done
        }
        guard let status = try await context.store.status() else {
            console.print("tenant \(context.configuration.tenant): nothing is applied yet. Run 'assay reconcile'")
            return .done
        }
        console.print("tenant     \(context.configuration.tenant)")
        console.print("outcome    \(outcome(status.outcome, status.reason))")
        if !status.message.isEmpty { console.print("message    \(status.message)") }
        for (name, revision) in [("applied", status.applied), ("attempted", status.attempted)] {
            guard let revision else { continue }
            console.print("\(name.padded(to: 9))  \(revision.commit.short) \(revision.subject) (\(revision.author.name))")
        }
        status.problems.forEach { console.print("  " + line(for: $0)) }
        try await context.store.holds().forEach { console.print(line(for: $0)) }
        try await scheduleStatus(context).forEach { console.print($0) }
        let counts = try await counts(context)
        console.print("deployed   " + counts.map { "\($0.0) \($0.1)" }.joined(separator: ", "))
        try await showReport(context)
        let stale = try await context.store.staleRuns()
        for run in stale {
            console.print(
                console.paint("stale", .yellow) + "      \(run.entity) \(run.period) \(run.deployment) (\(run.id.prefix(12))): "
                    + "what it carried forward was superseded; 'assay run \(run.deployment) --entity \(run.entity) --period \(run.period)' repeats it")
        }
        return .done
    }

    private static func outcome(_ outcome: ReconcileStatus.Outcome, _ reason: String) -> String {
        console.paint(outcome.rawValue, outcome == .ready ? .green : .red) + (reason.isEmpty ? "" : " \(reason)")
    }

    /// Where what is said to the outside stands.
    private static func showReport(_ context: HomeContext) async throws {
        let configuration = context.configuration
        if let commit = try await context.store.reportedCommit() {
            let push = configuration.status.push == "on" ? "pushed to \(configuration.statusReference)" : "kept here (status.push is off)"
            console.print("reported   \(commit.short) \(push)")
        }
        for item in try await context.store.outbox() {
            let what = item.kind == .push ? "the status" : "the status of commit \(item.subject.prefix(10))"
            let tried = item.attempts == 0 ? "" : ", tried \(item.attempts == 1 ? "once" : "\(item.attempts) times"), again at \(item.nextAttempt)"
            console.print("\(console.paint("waiting", .yellow))    to \(item.kind == .push ? "push" : "tell") \(what) since \(item.createdAt)\(tried)")
            if let error = item.error { console.print("           \(item.reason ?? ""): \(error)") }
        }
    }

    static func statusJSON(_ context: HomeContext) async throws -> JSONValue {
        let status = try await context.store.status()
        let counts = try await counts(context)
        return [
            "tenant": .string(context.configuration.tenant),
            "attempted": json(status?.attempted), "applied": json(status?.applied),
            "outcome": .string(status?.outcome.rawValue ?? "waiting"),
            "reason": .string(status?.reason ?? "NothingApplied"),
            "message": .string(status?.message ?? "nothing is applied yet"),
            "problems": try JSONValue(encoding: status?.problems ?? []),
            "counts": .object(Dictionary(counts.map { ($0.0, .integer(Int64($0.1))) }, uniquingKeysWith: { a, _ in a })),
            "held": try JSONValue(encoding: try await context.store.holds()),
            "stale": .array(try await context.store.staleRuns().map { .string($0.id) }),
            "report": try await reportJSON(context), "schedules": try await scheduleStatusJSON(context),
        ]
    }

    private static func reportJSON(_ context: HomeContext) async throws -> JSONValue {
        let waiting = try await context.store.outbox().map { item -> JSONValue in
            [
                "kind": .string(item.kind.rawValue), "subject": .string(item.subject), "since": .string(item.createdAt),
                "attempts": .integer(Int64(item.attempts)), "nextAttempt": .string(item.nextAttempt),
                "reason": item.reason.json, "message": item.error.json,
            ]
        }
        return [
            "commit": try await (context.store.reportedCommit()?.hex).json,
            "push": .string(context.configuration.status.push),
            "reference": .string(context.configuration.statusReference), "waiting": .array(waiting),
        ]
    }

    private static func counts(_ context: HomeContext) async throws -> [(String, Int)] {
        let kinds = try await context.store.resources().map(\.key.kind)
        return ResourceKind.allCases.map { kind in (kind.plural, kinds.count { $0 == kind }) }.filter { $0.1 > 0 }
    }

    static func json(_ revision: Revision?) -> JSONValue {
        guard let revision else { return .null }
        let time = HostClock.rfc3339(seconds: revision.committer.time)
        return [
            "commit": .string(revision.commit.hex), "subject": .string(revision.subject),
            "author": .string("\(revision.author.name) <\(revision.author.email)>"), "committedAt": .string(time),
            "signature": .string(revision.signature.rawValue), "signer": revision.signer.map { .string($0) } ?? .null,
        ]
    }
}

// As it stands in the repository, for somebody who has no home.
extension Commands {
    private static func remoteStatus(_ invocation: Invocation, url: String) async throws -> ExitCode {
        let remote = try remote(invocation, url: url)
        let period = try invocation.value("period").map(period)
        let status = try RemoteStatus.read(
            remote, tenant: invocation.value("tenant"), branch: invocation.value("branch"), period: period)
        if invocation.json {
            try print(json: try json(status, url: remote.shownURL))
        } else {
            show(status, age: HostClock().date.timeIntervalSince1970 - Double(status.changedAt))
        }
        return .done
    }

    private static func remote(_ invocation: Invocation, url: String) throws -> RemoteConfiguration {
        let url = absolute(url)
        let user = invocation.value("user") ?? RemoteConfiguration.user(inURL: url) ?? "git"
        var authentication = url.hasPrefix("https:") ? RemoteConfiguration.Authentication.none : .sshAgent(user: user)
        if let key = invocation.value("key") { authentication = .sshKey(path: absolute(key), user: user) }
        if let file = invocation.value("token") {
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw UsageError(message: "the token file \(file) cannot be read", remedy: "Check its path and permissions")
            }
            let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            authentication = .token(username: user, secret: Secret(text))
        }
        let known = environment["HOME"].map { $0 + "/.ssh/known_hosts" }.flatMap { FileManager.default.isReadableFile(atPath: $0) ? $0 : nil }
        return RemoteConfiguration(
            url: url, branch: "main", authentication: authentication,
            knownHosts: invocation.value("known-hosts").map(absolute) ?? known, caFile: invocation.value("ca-file").map(absolute))
    }

    private static func json(_ status: RemoteStatus, url: String) throws -> JSONValue {
        guard case .object(var members) = try JSONValue(encoding: status.status) else { return .null }
        members["remote"] = .string(url)
        members["reference"] = .string(status.reference)
        members["statusCommit"] = .string(status.commit.hex)
        members["changedAt"] = .string(HostClock.rfc3339(seconds: status.changedAt))
        members["deployments"] = try JSONValue(
            encoding: status.deployments.map { deployment in
                var shown = deployment
                shown.serving = deployment.serves(status.status.applied?.commit)
                return shown
            })
        members["runs"] = try JSONValue(encoding: status.runs)
        return .object(members)
    }

    private static func show(_ status: RemoteStatus, age: Double) {
        let file = status.status
        console.print("tenant     \(plain(file.tenant))")
        console.print("outcome    \(outcome(file.outcome, plain(file.reason))) since \(plain(file.since))")
        if let applied = file.applied { console.print("applied    \(applied.commit.short)") }
        if let attempted = file.attempted { console.print("attempted  \(attempted.commit.short)") }
        console.print("changed    \(ago(age)), \(plain(status.reference)) at \(status.commit.short), written by assay \(plain(file.assay))")
        for place in file.problems { console.print("  \(plain(place.file))\(place.line > 0 ? ":\(place.line)" : "")") }
        let deployments = status.deployments.map { deployment in
            let note = deployment.hold.map { "\(plain($0.reason)) at \($0.attempted.short)" } ?? (deployment.suspended ? "suspended" : "")
            return [plain(deployment.name), plain(deployment.runbook), deployment.serves(file.applied?.commit)?.short ?? "nothing", note]
        }
        if !deployments.isEmpty {
            console.print("\n" + console.table(deployments, header: ["DEPLOYMENT", "RUNBOOK", "SERVES", "NOTE"]))
        }
        let runs = status.runs.map { run in
            [String(plain(run.run).prefix(12)), run.state.rawValue + (run.reason.map { " \(plain($0))" } ?? ""), plain(run.entity),
                plain(run.period), plain(run.deployment), run.commit.short, plain(run.finishedAt ?? ""), run.stamp?.hex ?? ""]
        }
        guard !runs.isEmpty else { return }
        console.print(
            "\n" + console.table(runs, header: ["RUN", "STATE", "ENTITY", "PERIOD", "DEPLOYMENT", "COMMIT", "FINISHED", "STAMP (SHA-256)"]))
    }

    static func ago(_ seconds: Double) -> String {
        let (count, unit): (Double, String) =
            switch seconds {
            case ..<120: (max(0, seconds), "second")
            case ..<7200: (seconds / 60, "minute")
            case ..<172_800: (seconds / 3600, "hour")
            default: (seconds / 86_400, "day")
            }
        let whole = Int(count)
        return "\(whole) \(unit)\(whole == 1 ? "" : "s") ago"
    }
}
