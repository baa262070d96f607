import Digests
import Model

/// What lies around a guest and must never show in what it does.
///
/// Every run has the standard ones, which is why a replay gives the same bytes. A runbook that leans on one of them
/// (the order of a set, the clock) would give other numbers on the day it changes; only an execution under other
/// surroundings shows that. So these are handed to `GuestSession.rehearse` and to nothing that records.
public struct Surroundings: Hashable, Sendable {
    /// One thing that can be otherwise.
    public enum Aspect: String, CaseIterable, Sendable, Codable {
        /// What decides the order of a set of texts.
        case hashSeed = "hash seed"
        case folderOrder = "folder order"
        case clock
        case timeZone = "time zone"
        case locale
        /// Random numbers, UUIDs, and so on.
        case chance
        /// Where objects lie: what decides the order of a set of objects.
        case addresses
    }

    public static let standard = Surroundings(varied: [], seed: nil)

    /// Others than the standard ones in these aspects. The same seed gives the same surroundings.
    public static func varied(_ aspects: Set<Aspect> = Set(Aspect.allCases), seed: ContentDigest) -> Surroundings {
        Surroundings(varied: aspects, seed: seed)
    }

    public let varied: Set<Aspect>
    private let seed: ContentDigest?

    private init(varied: Set<Aspect>, seed: ContentDigest?) {
        self.varied = varied
        self.seed = seed
    }

    /// What the interpreter sees of the environment, and nothing else.
    var environment: [String: String] {
        var environment = [
            "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent", "TMPDIR": "/tmp", "PWD": "/work",
        ]
        // 0 would switch the seed off.
        if varies(.hashSeed) { environment["PYTHONHASHSEED"] = String(1 + number("hash seed") % 4_294_967_295) }
        if varies(.timeZone) { environment["TZ"] = "Pacific/Chatham" }
        if varies(.locale) { environment["LC_ALL"] = "C" }
        // The kernel moves whole pages, which leaves the order of a small set as it was; another allocator does not.
        if varies(.addresses) { environment["PYTHONMALLOC"] = "malloc" }
        return environment
    }

    /// What the shim reads and takes away before the interpreter starts.
    var hiddenEnvironment: [String: String] {
        varies(.folderOrder) ? ["ASSAY_FOLDER_ORDER": hexadecimal(number("folder order") | 1)] : [:]
    }

    /// Nanoseconds since 1970: more than a year on, another day of the week, another time of day.
    func wall(_ logical: Int64) -> Int64 {
        varies(.clock) ? logical + ((397 * 24 + 5) * 3600 + 43 * 60 + 21) * 1_000_000_000 : logical
    }

    func chance(_ runKey: ContentDigest) -> ContentDigest {
        varies(.chance) ? SHA256.digest(Array("other chance \(runKey.hex)".utf8)) : runKey
    }

    /// Whether addresses are the same in every process.
    var hasFixedAddresses: Bool { !varies(.addresses) }

    private func varies(_ aspect: Aspect) -> Bool { varied.contains(aspect) }

    private func number(_ purpose: String) -> UInt64 {
        let digest = SHA256.digest(Array("\(purpose) \(seed?.hex ?? "")".utf8))
        return UInt64(digest.hex.prefix(16), radix: 16) ?? 0
    }

    private func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
