import Model

/// Who wrote a commit of the line of first parents, and who else looked at it, as far as its signature tells.
///
/// Only the signature of the commit itself is evidence. A person who signs vouches for what they merge; a forge that signs
/// says who merged and, where it is trusted to, who reviewed.
struct Review: Sendable, Equatable {
    /// Role of keys with which a forge signs merges: its word is who merged, as the author of the merge.
    static let forge = "forge"
    /// Role of a forge that also writes the reviewers at the end of the message itself.
    static let reviewingForge = "forge-reviews"

    /// A commit with the names of whoever signed it; none where it was not verified.
    struct Signed: Sendable {
        var revision: Revision
        var signers: [String]
    }

    /// All names of all authors.
    var authors: Set<String>
    /// One set of names for each person.
    var reviewers: [Set<String>]

    /// - Parameters:
    ///   - merged: What a merge brings in.
    ///   - authorsSign: Whether whoever signs a commit counts as its author; else only the names in it do.
    ///   - isClean: Whether a merge changes nothing but what it merges; whoever merges is an author of the rest.
    init(
        of commit: Signed, merged: [Signed], authorsSign: Bool, isClean: Bool, people: People, roles: [String: [String]]
    ) {
        func isForge(_ signers: [String]) -> Bool {
            let forges = (roles[Self.forge] ?? []) + (roles[Self.reviewingForge] ?? [])
            return signers.contains(where: forges.contains)
        }
        let isMerge = commit.revision.parents.count > 1
        var written = merged
        if !isMerge {
            written.append(Signed(revision: commit.revision, signers: authorsSign ? commit.signers : []))
        } else if !isClean {
            written.append(commit)
        }
        authors = written.reduce(into: []) { names, one in
            let signers = isForge(one.signers) ? [] : one.signers
            names.formUnion(people.names(of: [one.revision.author.email] + one.revision.coauthors + signers))
        }
        var candidates: [Set<String>] = []
        if !isForge(commit.signers) {
            candidates = [people.names(of: commit.signers)]
        } else {
            if isMerge, let merger = people.known(commit.revision.author.email) { candidates.append(merger) }
            if commit.signers.contains(where: (roles[Self.reviewingForge] ?? []).contains) {
                candidates += commit.revision.reviewers.compactMap(people.known)
            }
        }
        let authors = authors
        reviewers = candidates.reduce(into: []) { found, one in
            if one.isDisjoint(with: authors), found.allSatisfy(one.isDisjoint) { found.append(one) }
        }
    }
}

extension Revision {
    /// E-mail addresses of `Co-authored-by:` lines, wherever they stand.
    var coauthors: [String] { Self.addresses(in: body, keys: ["co-authored-by"]) }

    /// E-mail addresses of `Reviewed-by:` and `Approved-by:` lines of the last paragraph, where Git keeps such lines.
    var reviewers: [String] {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        let start = lines.lastIndex { $0.allSatisfy(\.isWhitespace) }.map { $0 + 1 } ?? 0
        return Self.addresses(in: lines[start...].joined(separator: "\n"), keys: ["reviewed-by", "approved-by"])
    }

    private static func addresses(in text: String, keys: [String]) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let colon = line.firstIndex(of: ":"), keys.contains(line[..<colon].lowercased()) else { return nil }
            let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
            guard let open = value.lastIndex(of: "<"), let close = value.lastIndex(of: ">"), open < close else {
                return value.split(whereSeparator: \.isWhitespace).first.map(String.init)
            }
            return String(value[value.index(after: open)..<close])
        }
    }
}
