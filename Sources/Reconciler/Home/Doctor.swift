import Executor
import Foundation
import GitStore
import Model
import TenantStore

/// Checks that this host can do what the product promises, each need tried for real.
public enum Doctor {
    public struct Check: Sendable, Codable, Hashable {
        public var name: String
        public var passed: Bool
        public var detail: String
        /// What to do; empty where it passed.
        public var remedy: String
    }

    /// `context` is `nil` where there is no home yet: then only the host is checked.
    public static func examine(_ context: HomeContext?) async -> [Check] {
        var checks = Sandbox.probe(home: context?.home.path ?? "/").map { Check(name: $0.name, passed: $0.passed, detail: $0.detail, remedy: $0.remedy) }
        checks.append(clock())
        guard let context else { return checks + [python(nil)] }
        checks.append(await repository(context))
        checks.append(await interpreter(context))
        checks.append(documents(context))
        checks.append(await dataPlatform(context))
        checks.append(freeSpace(context))
        return checks
    }

    private static func clock() -> Check {
        // Before this program was written: the clock was never set.
        let plausible = Date().timeIntervalSince1970 > 1_750_000_000
        return Check(
            name: "clock", passed: plausible, detail: HostClock().now(),
            remedy: plausible ? "" : "Set the clock and keep it with an NTP client, for example chrony")
    }

    private static func repository(_ context: HomeContext) async -> Check {
        do {
            let mirror = try context.mirror()
            let url = mirror.remote.shownURL
            let tip = try await mirror.fetch().tip
            return Check(name: "repository", passed: true, detail: "\(url) is at \(tip.short)", remedy: "")
        } catch let error as any AssayError {
            return Check(name: "repository", passed: false, detail: error.message, remedy: error.remedy)
        } catch {
            return Check(name: "repository", passed: false, detail: "\(error)", remedy: "Check the URL and the network")
        }
    }

    private static func interpreter(_ context: HomeContext) async -> Check {
        do {
            guard let closure = try await InterpreterKeeper(context).pinned() else {
                // None is kept yet: the first run makes a copy of the host's.
                return python(context.configuration.python)
            }
            let what = closure.description
            return Check(
                name: "interpreter", passed: true,
                detail: "\(what.implementation) \(what.version), kept as \(closure.tree.short)", remedy: "")
        } catch let error as any AssayError {
            return Check(name: "interpreter", passed: false, detail: error.message, remedy: error.remedy)
        } catch {
            return Check(name: "interpreter", passed: false, detail: "\(error)", remedy: "Run 'assay interpreter update'")
        }
    }

    private static func python(_ configured: String?) -> Check {
        let probed = Sandbox.probeInterpreter(configured)
        return Check(name: probed.name, passed: probed.passed, detail: probed.detail, remedy: probed.remedy)
    }

    private static func documents(_ context: HomeContext) -> Check {
        let readable = FileManager.default.isReadableFile(atPath: context.documents)
        return Check(
            name: "documents", passed: readable, detail: context.documents,
            remedy: readable ? "" : "Create the folder, or name another one as documents in config.yaml")
    }

    /// A tenant that names a data platform needs one that answers.
    private static func dataPlatform(_ context: HomeContext) async -> Check {
        let name = "data platform"
        let key = ResourceKey(.tenant, name: context.configuration.tenant)
        let wanted = try? await context.store.resource(key)?.spec.decode(TenantSpec.self).dataPlatform
        guard let path = context.dataPlatform else {
            guard let wanted else { return Check(name: name, passed: true, detail: "none is asked for", remedy: "") }
            return Check(
                name: name, passed: false, detail: "the tenant names '\(wanted)', config.yaml has none",
                remedy: "Set dataPlatform in \(context.home.configuration) to the SQLite file")
        }
        do {
            _ = try SQLiteDataPlatform(path: path).query("SELECT 1", parameters: [])
            return Check(name: name, passed: true, detail: path, remedy: "")
        } catch {
            let remedy = (error as? any AssayError)?.remedy ?? "Check the file"
            return Check(name: name, passed: false, detail: (error as? any AssayError)?.message ?? "\(error)", remedy: remedy)
        }
    }

    private static func freeSpace(_ context: HomeContext) -> Check {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: context.home.path)
        let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
        let enough = free > 1 << 30
        return Check(
            name: "free space", passed: enough, detail: "\(free >> 20) MiB", remedy: enough ? "" : "Free at least 1 GiB")
    }
}
