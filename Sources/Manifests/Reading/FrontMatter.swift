import Model

/// The YAML between the first two `---` lines of a Markdown file.
struct FrontMatter {
    var yaml: [UInt8]
    /// The file's line on which the YAML starts.
    var firstLine: Int

    /// Where there is no front matter, a problem says what is missing.
    static func find(in bytes: [UInt8], file: String) -> Result<FrontMatter, ManifestError> {
        if let problem = TextCheck.problem(bytes, file: file) { return .failure(.invalid([problem])) }
        let fence: [UInt8] = [0x2d, 0x2d, 0x2d]
        func isFence(_ line: ArraySlice<UInt8>) -> Bool {
            line.starts(with: fence) && line.dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 }
        }
        let firstEnd = bytes.firstIndex(of: 0x0a) ?? bytes.endIndex
        guard isFence(bytes[..<firstEnd]), firstEnd < bytes.endIndex else {
            return .failure(
                .invalid([
                    Problem(
                        file: file, line: 1, column: 1, message: "The file does not start with front matter",
                        remedy:
                            "Start it with a line ---, then the keys slug, name, version, state and author, then ---")
                ]))
        }
        let start = firstEnd + 1
        var line = start
        while line < bytes.endIndex {
            let end = bytes[line...].firstIndex(of: 0x0a) ?? bytes.endIndex
            if isFence(bytes[line..<end]) {
                return .success(FrontMatter(yaml: Array(bytes[start..<line]), firstLine: 2))
            }
            line = end + 1
        }
        return .failure(
            .invalid([
                Problem(
                    file: file, line: 1, column: 1, message: "The front matter has no end",
                    remedy: "Close it with a line ---")
            ]))
    }
}
