import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct HomeLockTests {
    @Test("The second one is told who holds the lock, until the first lets go")
    func exclusive() throws {
        let folder = try TemporaryFolder()
        #expect(try HomeLock.holder(home: folder.path) == nil)
        let lock = try HomeLock.acquire(home: folder.path, command: "assay daemon", since: "2026-04-01T08:00:00.000Z")
        let holder = HomeLock.Holder(pid: getpid(), command: "assay daemon", since: "2026-04-01T08:00:00.000Z")
        #expect(try HomeLock.holder(home: folder.path) == holder)
        let refusal = StoreError.homeLocked(path: folder.path + "/lock", holder: holder)
        #expect(throws: refusal) { try HomeLock.acquire(home: folder.path, command: "assay run", since: "") }
        #expect(refusal.message.contains("assay daemon") && refusal.disposition == .retry)
        lock.release()
        lock.release()
        #expect(try HomeLock.holder(home: folder.path) == nil)
        let next = try HomeLock.acquire(home: folder.path, command: "x", since: "")
        #expect(try HomeLock.holder(home: folder.path)?.command == "x", "a shorter holder leaves nothing of the longer")
        next.release()
    }

    @Test("A lock that goes away, and a lock file left by a killed process, do not block")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        do { _ = try HomeLock.acquire(home: folder.path, command: "gone", since: "") }
        #expect(try HomeLock.holder(home: folder.path) == nil)
        try Data("half a hol".utf8).write(to: URL(filePath: folder.path + "/lock"))
        let lock = try HomeLock.acquire(home: folder.path, command: "next", since: "")
        #expect(try HomeLock.holder(home: folder.path)?.command == "next")
        lock.release()
    }

    @Test("A home that does not exist is named")
    func missingHome() throws {
        #expect(throws: StoreError.fileOperation(operation: "open", path: "/nonexistent/home/lock", errno: ENOENT)) {
            try HomeLock.acquire(home: "/nonexistent/home", command: "x", since: "")
        }
    }
}
