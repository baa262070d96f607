import Foundation
import Model
import Reconciler
import TenantStore

/// Carries out runs, one at a time: those that people hand over and those that schedules ask for.
///
/// Each of the two waits in its own order, and they take turns: a person does not wait for all entities of a big close,
/// and no start waits for a person's list. Passes go on beside it.
actor RunWorker {
    static let name = "runs"

    private enum Job {
        case command(HandedOver)
        case start(FiringRunKey)
    }

    private let core: DaemonCore
    private let bell = Bell()
    private var commands: [HandedOver] = []
    private var starts: [FiringRunKey] = []
    private var isStartNext = true
    /// What runs of one busy spell share; given up when nothing waits.
    private var coordinator: (shared: RunCoordinator, generation: Int)?

    init(_ core: DaemonCore) { self.core = core }

    var waiting: Int { commands.count + starts.count }

    func submit(_ command: HandedOver) {
        if core.stopping.isOpen { return command.refuse() }
        commands.append(command)
        noteWaiting()
        bell.ring()
    }

    func submit(_ keys: [FiringRunKey]) {
        starts += keys
        noteWaiting()
        bell.ring()
    }

    /// Has it look whether it should stop.
    func wake() { bell.ring() }

    /// Returns when it was told to stop and the run in flight has ended.
    func run() async {
        await core.ready.wait()
        await resumeInterrupted(atStart: true)
        while !core.stopping.isOpen {
            guard let job = next() else {
                await letGo()
                core.pulse.rest(Self.name)
                // Only rings end it; the bound is no more than a round number.
                _ = await bell.wait(for: .seconds(3_600))
                continue
            }
            noteWaiting()
            // Before a run begins, documents are hashed and code is laid out; then its own limits count.
            core.pulse.expect(Self.name, within: .seconds(3_600))
            switch job {
            case .command(let command): await command.carryOut { try await self.lend($0) }
            case .start(let key): await attempt(key)
            }
            core.status.update { $0.running = "" }
            await resumeInterrupted(atStart: false)
        }
        for command in commands { command.refuse() }
        commands = []
        await letGo()
        core.pulse.rest(Self.name)
    }

    private func next() -> Job? {
        let takesStart = commands.isEmpty || (isStartNext && !starts.isEmpty)
        isStartNext = !takesStart
        if takesStart { return starts.isEmpty ? nil : .start(starts.removeFirst()) }
        return .command(commands.removeFirst())
    }

    private func noteWaiting() { core.status.update { $0.waiting = waiting } }

    // MARK: - Starts of schedules

    private func attempt(_ key: FiringRunKey) async {
        do {
            let result = try await FiringRunner(core.home.context).attempt(key) { try await self.lend { _ in } }
            log(key, result)
            core.events.send(.attempted(key, result))
        } catch {
            core.home.forgetMirror(after: error)
            core.log.error("start-interrupted", error, DaemonLog.fields(key.firing).merging(["entity": .string(key.entity)]) { $1 })
            core.events.send(.attemptFailed(key, error))
        }
    }

    private func log(_ key: FiringRunKey, _ result: FiringRunner.Result) {
        var fields = DaemonLog.fields(key.firing)
        fields["entity"] = .string(key.entity)
        switch result {
        case .ran(let run): core.log.write("start-ran", fields.merging(DaemonLog.fields(run)) { $1 })
        case .postponed(let error):
            core.log.error("start-postponed", error, fields)
            core.status.update { $0.lastStart = "\(key.firing) \(key.entity): postponed \(error.reason)" }
        case .refused(let error): core.log.error("start-refused", error, fields)
        case .over: break
        }
    }

    // MARK: - What runs share

    /// The coordinator of this busy spell, made anew where what it was made from has changed.
    private func lend(_ progress: @escaping @Sendable (String) -> Void) async throws -> RunCoordinator {
        let generation = core.home.generation
        if let kept = coordinator, kept.generation == generation, try await kept.shared.isCurrent() { return kept.shared }
        await letGo()
        let core = core
        let made = try await RunCoordinator(
            core.home.context, mirror: try core.home.mirror(), progress: progress, notify: { Self.notice($0, core) })
        coordinator = (made, generation)
        return made
    }

    private func letGo() async {
        guard let kept = coordinator else { return }
        coordinator = nil
        await kept.shared.close()
    }

    private static func notice(_ notice: RunNotice, _ core: DaemonCore) {
        switch notice {
        case .started(let run, let limits):
            core.pulse.expect(name, within: .seconds(limits.wallSeconds + 600))
            core.status.update { $0.running = "\(run.deployment) \(run.entity) \(run.period)" }
            core.log.write("run-started", DaemonLog.fields(run))
            core.events.send(.runStarted(run, limits: limits))
        case .left(let run):
            core.pulse.expect(name, within: .seconds(3_600))
            var fields = DaemonLog.fields(run)
            fields["state"] = .string(run.state.rawValue)
            if let failure = run.failure { fields["reason"] = .string(failure.reason) }
            core.log.write("run-ended", fields, level: run.state == .failed ? "error" : "info")
            core.events.send(.runLeft(run))
        }
    }

    // MARK: - Recovery

    /// Takes up runs that something interrupted: an earlier process at the start, a full disk or the like later. Until
    /// that is done no other begins, so that an older request never supersedes a newer one.
    private func resumeInterrupted(atStart: Bool) async {
        var backoff = Backoff()
        while !core.stopping.isOpen {
            do {
                let store = core.home.context.store
                if !atStart, try await store.unfinishedRuns().isEmpty { return }
                guard try await store.appliedRevision() != nil else { return }
                let recovery = try await lend { _ in }.resume()
                core.status.update { $0.running = "" }
                for run in recovery.finished {
                    core.log.write("recovered-run", DaemonLog.fields(run).merging(["state": .string(run.state.rawValue)]) { $1 })
                }
                for problem in recovery.problems {
                    core.log.write("recovery-problem", ["message": .string(problem)], level: "error")
                }
                return
            } catch {
                core.home.forgetMirror(after: error)
                core.log.error("recovery-failed", error)
                guard (error as? any AssayError)?.disposition == .retry else { return }
                core.pulse.expect(Self.name, within: .seconds(3_600))
                _ = await bell.wait(for: backoff.next(upTo: .seconds(300)))
            }
        }
    }
}
