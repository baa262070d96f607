/// What this program is called and which version it is.
public enum Product {
    public static let version = "0.1.0"

    /// Whether this program is as new as a workspace asks for: versions are three numbers.
    static func satisfies(_ minimum: String) -> Bool {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        return !numbers(version).lexicographicallyPrecedes(numbers(minimum))
    }
}
