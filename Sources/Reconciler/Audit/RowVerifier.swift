import Digests
import Executor
import Model
import TenantStore

/// Compares what the store says about a run with what its stamp says.
///
/// Every command shows the store's rows; a hand on the database must not make them say something else than was stamped.
struct RowVerifier {
    let context: HomeContext
    let stamp: StampReader
    let run: RunRow

    func checks() async -> [Verification.Check] {
        [
            check("run", "run key \(run.runKey.short)", identity()),
            check("outcome", run.state.rawValue, await attempt(outcome)),
            check("outputs", "as listed", await attempt(outputs)),
            check("steps and log", "as in the history", await attempt(record)),
            check("supersession", run.supersededBy.map { "superseded by \($0)" } ?? "stands", await attempt(supersession)),
            check("earlier runs", "\(stamp.earlierRuns.count) listed", await attempt(earlierRuns)),
        ]
    }

    private func check(_ name: String, _ detail: String, _ problem: String?) -> Verification.Check {
        .init(name, problem == nil, problem ?? detail)
    }

    private func attempt(_ body: () async throws -> String?) async -> String? {
        do { return try await body() } catch { return (error as? any AssayError)?.message ?? "\(error)" }
    }

    // MARK: - What is wrong, or nil

    private func identity() -> String? {
        guard stamp.run == run.id, stamp.runKey == run.runKey, (try? stamp.sha256("run-spec")) == run.runKey else {
            return "the stamp is of run \(stamp.run ?? "?"), the store says \(run.id)"
        }
        guard SHA256.digest(run.spec.utf8) == run.runKey,
            let spec = try? CanonicalJSON.parse(Array(run.spec.utf8)).decode(RunSpec.self)
        else { return "what the store says the run was made from does not have its run key" }
        guard spec.deployment == run.deployment, spec.entity == run.entity, spec.period == run.period,
            spec.commit == run.commit
        else { return "the store gives another deployment, entity, period or commit than the run was made from" }
        return nil
    }

    private func outcome() async throws -> String? {
        guard run.state == (stamp.failed ? .failed : .succeeded) else {
            return "the store says \(run.state.rawValue), the stamp says \(stamp.failed ? "failed" : "succeeded")"
        }
        guard run.mode == stamp.mode else { return "the store and the stamp differ on the mode" }
        guard run.startedAt == stamp.startedOn, run.finishedAt == stamp.finishedOn else {
            return "the store and the stamp differ on when it ran"
        }
        guard stamp.failed else { return run.failure == nil ? nil : "the store gives a failure to a run that succeeded" }
        guard let subject = stamp.subjects.first else { return "the stamp names no record" }
        let kept = try CanonicalJSON.parse(try context.objects.get(subject.sha256)).decode(StampedRecord.self)
        return kept.failure == run.failure ? nil : "the store gives another failure than the stamped record"
    }

    private func outputs() async throws -> String? {
        let listed = try await context.store.outputs(run: run.id)
        guard Set(listed.map { StampStatement.Subject(name: $0.name, sha256: $0.sha256) }) == Set(stamp.outputs) else {
            return "the store lists other outputs than the stamp"
        }
        for output in listed where try context.objects.size(of: output.sha256) != output.size {
            return "the store gives a wrong size for \(output.name)"
        }
        return nil
    }

    /// Steps and log lines are part of the history, so they can be made again from it.
    private func record() async throws -> String? {
        guard !stamp.failed else { return nil }
        var steps: [StepRecord] = [], logs: [LogLine] = []
        for event in try await context.store.events(run: run.id) where ["step.begin", "step.end", "log"].contains(event.kind) {
            let told = try CanonicalJSON.parse(Array(event.request.utf8))
            let id = told["id"]?.string ?? ""
            switch event.kind {
            case "step.begin":
                steps.append(StepRecord(id: id, title: told["title"]?.string ?? "", sequence: event.sequence, ended: false))
            case "step.end":
                if let begun = steps.lastIndex(where: { $0.id == id && !$0.ended }) { steps[begun].ended = true }
            default:
                let (level, message) = (told["level"]?.string ?? "", told["message"]?.string ?? "")
                logs.append(LogLine(level: level, message: message, sequence: event.sequence))
            }
        }
        let kept = try await context.store.record(run: run.id)
        let same = try kept?.steps == JSONValue(encoding: steps) && kept?.logs == JSONValue(encoding: logs)
        return same ? nil : "the store shows other steps or log lines than the history holds"
    }

    /// Both sides of a supersession are stamped: by this run what it replaced, by the later one that it replaced this.
    private func supersession() async throws -> String? {
        guard run.supersedes == stamp.supersedes else {
            return "the store says it supersedes \(run.supersedes ?? "no run"), the stamp says \(stamp.supersedes ?? "no run")"
        }
        var by: String?
        let runs = try await context.store.earlierRuns(deployment: run.deployment, entity: run.entity, period: run.period)
        for other in runs where other.id != run.id {
            guard let digest = other.stampSHA256, let bytes = try? context.objects.get(digest),
                let statement = try? StampReader(bytes, place: "of run \(other.id)")
            else { continue }
            if !statement.failed, statement.supersedes == run.id { by = other.id }
        }
        guard run.supersededBy == by else {
            return "the store says it is superseded by \(run.supersededBy ?? "no run"), the stamps say \(by ?? "no run")"
        }
        return nil
    }

    /// Nobody can take away that it was tried before.
    private func earlierRuns() async throws -> String? {
        for listed in stamp.earlierRuns {
            guard let id = listed["run"]?.string, let row = try await context.store.run(id) else {
                return "run \(listed["run"]?.string ?? "?"), which the stamp lists, is not in the store"
            }
            guard row.state.rawValue == listed["state"]?.string, row.stampSHA256?.hex == listed["stamp"]?.string else {
                return "the store and the stamp differ on the earlier run \(id)"
            }
        }
        return nil
    }
}
