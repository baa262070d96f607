import CLibgit2
import Glibc
import Model

/// libgit2 as this process uses it: started once, deaf to the settings of whoever's account it runs under.
enum Library {
    /// Touch before the first call of libgit2.
    static let started: Void = {
        // Without a home, as in a system service, libgit2 refuses every SSH host: at each connection it looks for a
        // known_hosts file there, to choose among key types. A folder that does not exist will do.
        setenv("HOME", "/nonexistent", 0)
        git_libgit2_init()
        // A crash of the host must not lose what a returned call has written.
        assay_git_enable_fsync(1)
        // Each object that is read from disk is hashed again, so a flipped byte never passes as content.
        assay_git_enable_strict_hashes(1)
        // Folders of more than about a hundred files would otherwise be read and parsed again for each path in them.
        assay_git_set_tree_cache_limit(4 << 20)
        // Loose objects are read by `LooseObjects`, which comes before libgit2's own reader and after packs.
        assay_git_set_loose_priority(0)
        // Ownership is checked to stop hooks and configuration of strangers from running; nothing is run here, and a
        // local remote commonly belongs to another account.
        assay_git_set_owner_validation(0)
        // Rewritten URLs, proxies or relaxed TLS from a personal configuration would make two hosts differ.
        for level in [GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA] {
            assay_git_set_search_path(level.rawValue, "")
        }
    }()
}

/// What libgit2 said about a call that failed.
struct LibraryFailure: Error {
    var code: Int32
    var category: Int32
    var text: String

    /// Must be made before the next call of libgit2 on this thread.
    init(code: Int32) {
        self.code = code
        if let last = git_error_last(), let message = last.pointee.message {
            category = last.pointee.klass
            text = String(cString: message)
        } else {
            category = 0
            text = "libgit2 gave no reason (code \(code))"
        }
    }

    var isNotFound: Bool { code == GIT_ENOTFOUND.rawValue }
}

/// Turns a failing return code into an error at once, while libgit2 still knows the reason.
@discardableResult
func check(_ code: Int32) throws(LibraryFailure) -> Int32 {
    guard code < 0 else { return code }
    throw LibraryFailure(code: code)
}

extension GitObjectID {
    init(_ oid: git_oid) {
        let hex = withUnsafeBytes(of: oid.id) { lowerHex($0) }
        guard let id = GitObjectID(hex: hex) else { preconditionFailure("20 bytes are 40 hexadecimal digits") }
        self = id
    }

    var oid: git_oid {
        var oid = git_oid()
        let code = git_oid_fromstr(&oid, hex)
        precondition(code == 0, "a GitObjectID holds 40 hexadecimal digits")
        return oid
    }
}
