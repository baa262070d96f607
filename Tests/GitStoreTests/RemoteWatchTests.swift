import Dispatch
import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Watching a repository on this host", .timeLimit(.minutes(1)))
struct RemoteWatchTests {
    /// Counts events; waits for the next one.
    private final class Bell: Sendable {
        private let rung = DispatchSemaphore(value: 0)
        func ring() { rung.signal() }
        /// Whether it rings within the time; all that has rung until then counts as one.
        func rings(within seconds: Double = 20) -> Bool {
            guard rung.wait(timeout: .now() + seconds) == .success else { return false }
            while rung.wait(timeout: .now()) == .success {}
            return true
        }
    }

    private func watch(_ url: String, branch: String = "main") throws -> (RemoteWatch, Bell) {
        let bell = Bell()
        let watch = try RemoteWatch(remote: RemoteConfiguration(url: url, branch: branch)) { bell.ring() }
        return (try #require(watch), bell)
    }

    @Test("Commits, pushes, packed references and a deleted branch wake it")
    func wakes() throws {
        let scratch = Scratch()
        let bare = try Remote(scratch("remote.git"), bare: true)
        let checkout = try Remote(scratch("checkout"))
        try checkout.commit("First", ["a": "a"])
        try checkout.git("push", "-q", bare.path, "main")
        let (watch, bell) = try watch(bare.path)
        let (other, commits) = try self.watch("file://" + checkout.path)
        defer { watch.cancel(); other.cancel() }
        try checkout.commit("Second")
        #expect(commits.rings())
        try checkout.git("push", "-q", bare.path, "main")
        #expect(bell.rings())
        try bare.git("pack-refs", "--all")
        #expect(bell.rings())
        try checkout.commit("Third")
        try checkout.git("push", "-q", bare.path, "main")
        #expect(bell.rings())
        try bare.git("update-ref", "-d", "refs/heads/main")
        #expect(bell.rings())
        try checkout.git("push", "-q", bare.path, "main")
        #expect(bell.rings())
    }

    @Test("Other branches and other files are passed over")
    func passesOver() throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        try remote.commit("First")
        let places = try WatchedPlaces(repository: remote.path, reference: "refs/heads/main")
        places.arm()
        try remote.write("b", "b")
        try remote.git("branch", "other")
        try remote.git("tag", "v1")
        try remote.git("checkout", "-q", "other")
        try remote.commit("Other")
        // The kernel queues events before the calls that cause them return.
        #expect(!places.takeEvents())
        try remote.git("branch", "-f", "main")
        #expect(places.takeEvents() && !places.takeEvents())
    }

    @Test("A branch with folders in its name is seen when its folders come and go")
    func nested() throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        try remote.commit("First")
        let (watch, bell) = try watch(remote.path, branch: "release/2026/q1")
        defer { watch.cancel() }
        for _ in 0..<2 {
            try remote.git("branch", "release/2026/q1")
            #expect(bell.rings())
            try remote.git("commit", "-q", "--allow-empty", "-m", "x")
            try remote.git("branch", "-f", "release/2026/q1")
            #expect(bell.rings())
            // Git removes empty folders with the branch.
            try remote.git("branch", "-D", "release/2026/q1")
            #expect(bell.rings())
        }
    }

    @Test("A repository that is moved away, comes back, or is only made later is noticed")
    func comesAndGoes() throws {
        let scratch = Scratch()
        let (watch, bell) = try watch(scratch("later/remote"))
        defer { watch.cancel() }
        try FileManager.default.createDirectory(atPath: scratch("later"), withIntermediateDirectories: true)
        #expect(bell.rings())
        let remote = try Remote(scratch("later/remote"))
        #expect(bell.rings())
        try remote.commit("First")
        #expect(bell.rings())
        try FileManager.default.moveItem(atPath: remote.path, toPath: scratch("away"))
        #expect(bell.rings())
        try FileManager.default.moveItem(atPath: scratch("away"), toPath: remote.path)
        #expect(bell.rings())
        try remote.commit("Second")
        #expect(bell.rings())
        try FileManager.default.removeItem(atPath: remote.path)
        #expect(bell.rings())
        let again = try Remote(scratch("later/remote"))
        #expect(bell.rings())
        try again.commit("New")
        #expect(bell.rings())
    }

    @Test("The references of a second working folder are those of the repository")
    func worktree() throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        try remote.commit("First")
        try remote.git("worktree", "add", "-q", scratch("worktree"), "-b", "other")
        let (watch, bell) = try watch(scratch("worktree"))
        defer { watch.cancel() }
        try remote.commit("Second")
        #expect(bell.rings())
    }

    @Test("After cancelling it says nothing, and it leaves no descriptor behind")
    func cancels() throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        try remote.commit("First")
        func watches() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                .count { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == "anon_inode:inotify" }
        }
        let (watch, bell) = try watch(remote.path)
        watch.cancel()
        try remote.commit("Second")
        #expect(!bell.rings(within: 0))
        // More than the kernel gives one user, were they kept: 128 by default. They close on queues of their own.
        for _ in 0..<300 {
            _ = try self.watch(remote.path)
            while try watches() > 20 { sched_yield() }
        }
    }

    @Test("A remote over the network is not watched")
    func network() throws {
        #expect(try RemoteWatch(remote: RemoteConfiguration(url: "ssh://git@forge.example/x", branch: "main")) {} == nil)
    }
}
