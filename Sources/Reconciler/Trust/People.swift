import Foundation

/// The people of a trust root, by name: who has several names is listed with all of them in one line.
struct People: Sendable {
    private var names: [String: Set<String>] = [:]

    /// `others` are names outside `allowed_signers`: of OpenPGP keys and of role holders.
    init(_ signers: AllowedSigners, others: [String] = []) {
        for line in signers.namesOfLines + others.map({ [$0] }) {
            // A pattern is nobody in particular.
            let own = line.filter { !$0.contains("*") && !$0.contains("?") }.map { $0.lowercased() }
            let all = own.reduce(into: Set(own)) { $0.formUnion(names[$1] ?? []) }
            for name in all { names[name] = all }
        }
    }

    init(home: TenantHome, roles: [String: [String]]) throws {
        guard let bytes = FileManager.default.contents(atPath: home.allowedSigners) else {
            throw TrustError.unreadable(path: home.allowedSigners)
        }
        let keys = try OpenPGPCommitVerifier.keyFiles(in: home.openPGPKeys).map { String($0.dropLast(4)) }
        self.init(AllowedSigners(String(decoding: bytes, as: UTF8.self)), others: keys + roles.values.flatMap { $0 })
    }

    /// All names of whoever has one of these; `nil` where the trust root knows none of them.
    func known(_ name: String) -> Set<String>? { names[name.lowercased()] }

    /// All names of whoever has these, known or not.
    func names(of some: [String]) -> Set<String> {
        some.reduce(into: []) { $0.formUnion(known($1) ?? [$1.lowercased()]) }
    }
}
