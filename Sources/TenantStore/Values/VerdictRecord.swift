/// A replay's signed verdict, kept beside its run.
public struct VerdictRecord: Hashable, Sendable {
    public var run: String
    /// Bytes of the signed envelope.
    public var envelope: [UInt8]
    public var at: String
}
