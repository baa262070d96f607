/// An input that stands for several files: a line `== PATH` begins each, a line `-- PATH` removes one.
///
/// Text, so that seeds can be read, and so that a fuzzer changes paths as easily as content.
struct InputFiles {
    struct Entry {
        var path: String
        /// `nil` where the file is removed.
        var bytes: [UInt8]?
    }

    private(set) var entries: [Entry] = []

    init(_ input: [UInt8]) {
        var start = 0
        while start < input.count {
            let end = input[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? input.count
            take(input[start..<end])
            start = end
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        if line.starts(with: "== ".utf8), let path = InputFiles.path(line) {
            entries.append(Entry(path: path, bytes: []))
        } else if line.starts(with: "-- ".utf8), let path = InputFiles.path(line) {
            entries.append(Entry(path: path, bytes: nil))
        } else if !entries.isEmpty {
            entries[entries.count - 1].bytes?.append(contentsOf: line)
        }
    }

    private static func path(_ line: ArraySlice<UInt8>) -> String? {
        String(validating: line.dropFirst(3).filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// The last content under this name; empty where there is none.
    subscript(_ path: String) -> [UInt8] { entries.last { $0.path == path }?.bytes ?? [] }
}
