import CLibgit2
// Its sources may be used from any thread; they only do not say so.
@preconcurrency import Dispatch
import Foundation
import Model
import Synchronization

/// Tells when the branch of a remote on this host may have moved, by events of the file system.
///
/// It only wakes: it says too much rather than too little, and a lost event costs no more than the time to the next poll.
/// It watches the few places where Git writes a branch, and the folder that holds the repository, so that one which is
/// moved away and back is noticed too.
public final class RemoteWatch: Sendable {
    private let state: WatchedPlaces
    private let source: any DispatchSourceRead

    /// `nil` for a remote over the network, which cannot be watched.
    ///
    /// - Parameter onChange: Called on a queue of the watch, once for all events that have come in.
    /// - Throws: `watchUnavailable`.
    public init?(remote: RemoteConfiguration, onChange: @escaping @Sendable () -> Void) throws {
        guard case .local(let path)? = RemoteKind(url: remote.url) else { return nil }
        let state = try WatchedPlaces(repository: path, reference: remote.remoteReference)
        self.state = state
        source = DispatchSource.makeReadSource(
            fileDescriptor: state.descriptor, queue: DispatchQueue(label: "assay.remote-watch"))
        // The handler holds the places, and so the descriptor, until the source is cancelled.
        source.setEventHandler { if state.takeEvents() { onChange() } }
        source.setCancelHandler { withExtendedLifetime(state) {} }
        source.resume()
        state.arm()
    }

    deinit { source.cancel() }

    /// Watches what is there now. Needed after a poll only where a folder that was watched may have gone unnoticed.
    public func rearm() { state.arm() }

    /// No call of `onChange` begins after the one that may be under way.
    public func cancel() { source.cancel() }
}

/// The folders that are watched, each with the names in it that matter.
final class WatchedPlaces: Sendable {
    let descriptor: Int32
    private let repository: String
    private let reference: String
    /// By inotify's number of the watch.
    private let names = Mutex<[Int32: Set<String>]>([:])

    private static let interesting =
        UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)
        | UInt32(IN_ONLYDIR)

    init(repository: String, reference: String) throws {
        self.repository = repository
        self.reference = reference
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw GitStoreError.watchUnavailable(path: repository, detail: String(cString: strerror(errno)))
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Begins to watch what is there now and is not watched yet, and lets go of the rest.
    func arm() {
        names.withLock { names in
            var found: [Int32: Set<String>] = [:]
            var count = -1
            // Again until nothing is new: a repository may have been finished while its folders were being listed.
            while found.count != count {
                count = found.count
                for (folder, interest) in places() {
                    let watch = inotify_add_watch(descriptor, folder, Self.interesting)
                    if watch >= 0 { found[watch, default: []].formUnion(interest) }
                }
            }
            for watch in names.keys where found[watch] == nil { inotify_rm_watch(descriptor, watch) }
            names = found
        }
    }

    /// Reads all events that have come in; whether one of them matters. Watches are renewed first: whoever looks at the
    /// repository after this misses nothing that happens later.
    func takeEvents() -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 8)
        defer { buffer.deallocate() }
        var matters = false
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { break }
            if judge(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { matters = true }
        }
        if matters { arm() }
        return matters
    }

    private func judge(_ events: UnsafeRawBufferPointer) -> Bool {
        names.withLock { names in
            var at = 0
            let header = MemoryLayout<inotify_event>.size
            while at + header <= events.count {
                let event = events.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
                let name = UnsafeRawBufferPointer(rebasing: events[(at + header)...].prefix(Int(event.len)))
                at += header + Int(event.len)
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
                guard let interest = names[event.wd] else { continue }
                // Without a name it is about the folder itself.
                if event.len == 0 || interest.contains(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)) { return true }
            }
            return false
        }
    }

    /// Every folder in which something may appear, change or go that moves the branch. Of references the outer ones come
    /// first, so that a folder that is made meanwhile is either an event or found.
    private func places() -> [(folder: String, names: Set<String>)] {
        var places: [(folder: String, names: Set<String>)] = [(repository, [".git"])]
        // The nearest folder above that is there: the repository may appear in it.
        var (missing, above) = (repository, URL(fileURLWithPath: repository))
        repeat {
            missing = above.lastPathComponent
            above.deleteLastPathComponent()
            places.append((above.path, [missing]))
        } while above.path != "/" && access(above.path, F_OK) != 0
        guard let opened = try? Repository(reading: repository), let common = git_repository_commondir(opened.pointer) else {
            // Not there, or still being made.
            let parts: Set = ["HEAD", "config", "objects", "refs"]
            return places + [(repository, parts), (repository + "/.git", parts)]
        }
        var folder = String(cString: common)
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        places.append((folder, ["refs", "packed-refs"]))
        for step in zip(reference.split(separator: "/"), reference.split(separator: "/").dropFirst()) {
            folder += "/" + step.0
            places.append((folder, [String(step.1)]))
        }
        return places
    }
}
