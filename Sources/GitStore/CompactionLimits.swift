/// How much may lie about in a mirror before it is put together.
public struct CompactionLimits: Hashable, Sendable {
    public var packs: Int
    /// Bytes of packs that are not compressed, as fetches from this host write them.
    public var plainBytes: Int
    public var looseObjects: Int
    public var looseReferences: Int

    public init(packs: Int, plainBytes: Int, looseObjects: Int, looseReferences: Int) {
        self.packs = packs
        self.plainBytes = plainBytes
        self.looseObjects = looseObjects
        self.looseReferences = looseReferences
    }

    public static let standard = CompactionLimits(packs: 30, plainBytes: 8 << 20, looseObjects: 300, looseReferences: 300)
}
