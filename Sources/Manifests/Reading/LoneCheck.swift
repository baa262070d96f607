import Model

/// What a table cannot say about one manifest, judged without any other.
enum LoneCheck {
    static func findings(_ kind: ResourceKind, _ spec: JSONValue) -> [Finding] {
        switch kind {
        case .chartOfAccounts:
            repeated(in: spec["accounts"], key: "code", at: [.key("spec"), .key("accounts")], "account")
        case .calendar:
            repeated(in: spec["holidays"], key: "date", at: [.key("spec"), .key("holidays")], "holiday")
                + weekend(spec["weekend"])
        case .schedule: ScheduleCheck.findings(spec)
        case .deployment: selector(spec["entities"])
        case .notificationChannel: target(spec)
        default: []
        }
    }

    static func runbookFindings(_ spec: JSONValue, slug: String, files: Set<String>) -> [Finding] {
        var findings = repeated(in: spec["steps"], key: "id", at: [.key("steps")], "step")
        if let own = spec["slug"]?.string, own != slug {
            findings.append(
                Finding(
                    pointer: [.key("slug")], message: "The slug '\(own)' differs from the folder's name '\(slug)'",
                    remedy: "Write slug: \(slug), or rename the folder"))
        }
        guard spec["state"]?.string == "ACTIVE", let entrypoint = spec["entrypoint"]?.string else { return findings }
        let module = entrypoint.prefix(while: { $0 != ":" }).split(separator: ".").joined(separator: "/")
        let path = "runbooks/\(slug)/\(module)", shown = excerpt(module, 100)
        if !files.contains(path + ".py"), !files.contains(path + "/__init__.py") {
            findings.append(
                Finding(
                    pointer: [.key("entrypoint")],
                    message: "The entry point's module \(shown).py is not in the folder",
                    remedy: "Add runbooks/\(slug)/\(shown).py, or correct the entrypoint"))
        }
        return findings
    }

    /// The accounts of a scenario, which has no `spec` around them.
    static func repeatedAccounts(_ codes: [String]) -> [Finding] {
        repeated(in: .array(codes.map { ["code": .string($0)] }), key: "code", at: [.key("accounts")], "account")
    }

    private static func repeated(
        in list: JSONValue?, key: String, at pointer: [PathStep], _ what: String
    ) -> [Finding] {
        var seen: Set<String> = []
        var findings: [Finding] = []
        for (index, item) in (list?.array ?? []).enumerated() {
            guard let value = item[key]?.string, !seen.insert(value).inserted else { continue }
            findings.append(
                Finding(
                    pointer: pointer + [.index(index), .key(key)],
                    message: "The \(what) with \(key) '\(value)' is declared twice", remedy: "Keep one of the two"))
        }
        return findings
    }

    private static func weekend(_ days: JSONValue?) -> [Finding] {
        guard Set((days?.array ?? []).compactMap(\.string)).count == 7 else { return [] }
        return [
            Finding(
                pointer: [.key("spec"), .key("weekend")], message: "The calendar has no business day",
                remedy: "Leave out the days on which business is done")
        ]
    }

    private static func selector(_ entities: JSONValue?) -> [Finding] {
        guard entities?["names"]?.array?.isEmpty ?? true, entities?["labels"]?.object?.isEmpty ?? true else {
            return []
        }
        return [
            Finding(
                pointer: [.key("spec"), .key("entities")], message: "The deployment selects no entity",
                remedy: "Give entities by names, by labels, or both")
        ]
    }

    private static func target(_ spec: JSONValue) -> [Finding] {
        let target = spec["target"]?.string ?? ""
        let wanted: String
        switch spec["type"]?.string {
        case "webhook" where !TextRule.url.accepts(target): wanted = "a webhook is \(TextRule.url.description)"
        case "email" where target.split(separator: "@", omittingEmptySubsequences: false).count != 2:
            wanted = "an e-mail address has one @"
        default: return []
        }
        return [
            Finding(
                pointer: [.key("spec"), .key("target")],
                message: "The target '\(excerpt(target))' does not fit the type: \(wanted)",
                remedy: "Correct the target or the type")
        ]
    }
}
