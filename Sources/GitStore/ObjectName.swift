import CLibgit2
import Model

/// An object's id as it is stored: for walks over many objects, where text would cost more than the walk.
struct ObjectName: Hashable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt32

    init(_ oid: git_oid) { self = withUnsafeBytes(of: oid.id) { ObjectName($0) } }

    /// - Parameter bytes: twenty of them.
    init(_ bytes: UnsafeRawBufferPointer) {
        first = bytes.loadUnaligned(as: UInt64.self)
        second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
    }

    init(_ id: GitObjectID) { self.init(id.oid) }

    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid.id) {
            $0.storeBytes(of: first, as: UInt64.self)
            $0.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
            $0.storeBytes(of: third, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    var hex: String { GitObjectID(oid).hex }
}
