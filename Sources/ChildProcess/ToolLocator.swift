import Glibc

/// Finds the programs of the host that assay calls.
public enum ToolLocator {
    /// Where the operating system puts programs: looked at first, so that a user's PATH does not replace `git`.
    public static let standardDirectories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/usr/local/sbin"]

    /// The absolute path of a program by its plain name. `path` is a list as in PATH; relative folders in it are ignored.
    public static func find(_ name: String, path: String? = getenv("PATH").map { String(cString: $0) }) -> String? {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else { return nil }
        let others = (path ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        return (standardDirectories + others).lazy.map { "\($0)/\(name)" }.first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
