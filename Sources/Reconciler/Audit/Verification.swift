import Model

/// What `verify` found: every check with its result, and the verdict that follows.
public struct Verification: Sendable {
    public struct Check: Sendable, Codable, Hashable {
        public var name: String
        public var passed: Bool
        public var detail: String

        init(_ name: String, _ passed: Bool, _ detail: String) {
            self.name = name
            self.passed = passed
            self.detail = detail
        }
    }

    public var run: String
    /// Whether the trust root came from the verifier, not from the home.
    public var trustGiven: Bool
    public var checks: [Check]

    public var isValid: Bool { !checks.isEmpty && checks.allSatisfy(\.passed) }
}
