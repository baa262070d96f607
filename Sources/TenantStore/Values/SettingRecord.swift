/// One value that a setting has had.
public struct SettingRecord: Hashable, Sendable {
    public var value: String
    public var at: String
}
