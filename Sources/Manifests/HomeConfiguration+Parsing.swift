import Digests
import Model

extension HomeConfiguration {
    /// Reads `config.yaml`; throws `ManifestError` with all problems.
    public static func parse(_ bytes: [UInt8], file: String = "config.yaml") throws -> HomeConfiguration {
        try HomeFile.read(bytes, file: file, as: .object(table), named: "The configuration", judge: findings).decode(
            HomeConfiguration.self)
    }

    /// What no single key can be wrong about.
    private static func findings(_ value: JSONValue) -> [Finding] {
        let status = value["status"]
        let branch = status?["branch"]?.string
        if let branch, status?["ref"] != nil {
            return [
                Finding(
                    pointer: [.key("status"), .key("branch")], message: "'status' names both a reference and the branch \(branch)",
                    remedy: "Keep one of them")
            ]
        }
        guard let watched = value["repository"]?["branch"]?.string,
            branch == watched || status?["ref"]?.string == "refs/heads/\(watched)"
        else { return [] }
        return [
            Finding(
                pointer: [.key("status"), .key(branch == nil ? "ref" : "branch")],
                message: "The status would be pushed to \(watched), the branch that is deployed", remedy: "Name another branch")
        ]
    }

    /// `90s` → 90, `5m` → 300, `1h` → 3600; at most a day.
    @Sendable static func seconds(_ text: String) -> Int? {
        guard let unit = text.last, let factor = ["s": 1, "m": 60, "h": 3600][unit],
            let count = Int(text.dropLast()), count > 0, count <= 86_400 / factor
        else { return nil }
        return count * factor
    }
}

/// The roles of a tenant home: its `trust/roles.yaml`, a block of `role: [principal, …]`.
public struct TrustRoles: Sendable, Hashable {
    public var principals: [String: [String]]

    /// A file of comments only, as a new home has it, gives nobody a role. Throws `ManifestError` with all problems.
    public static func parse(_ bytes: [UInt8], file: String = "trust/roles.yaml") throws -> TrustRoles {
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { $0.drop { $0 == UInt8(ascii: " ") } }
        if lines.allSatisfy({ $0.isEmpty || $0.first == UInt8(ascii: "#") }) { return TrustRoles(principals: [:]) }
        let type = FieldType.map(keys: .role, .list(.text(.line), atLeast: 1))
        let roles = try HomeFile.read(bytes, file: file, as: type, named: "The file").object ?? [:]
        return TrustRoles(principals: roles.mapValues { $0.array?.compactMap(\.string) ?? [] })
    }
}

/// A YAML file of a tenant home: one document of one type, no envelope.
private enum HomeFile {
    static func read(
        _ bytes: [UInt8], file: String, as type: FieldType, named name: String, judge: (JSONValue) -> [Finding] = { _ in [] }
    ) throws -> JSONValue {
        let root = try YAMLDocument.parse(bytes, file: file)
        var reader = ShapeReader(file: file)
        let value = reader.read(root, as: type, named: name)
        if let value { reader.note(judge(value), in: root) }
        guard let value, reader.problems.isEmpty else { throw ManifestError.invalid(reader.problems.sorted()) }
        return value
    }
}
