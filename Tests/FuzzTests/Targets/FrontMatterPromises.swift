import Model

@testable import Manifests

/// The front matter of a runbook: the input is a whole `runbook.md`.
enum FrontMatterPromises {
    @Sendable static func check(_ input: [UInt8]) throws {
        let path = SmallWorkspace.runbook
        switch FrontMatter.find(in: input, file: path) {
        case .failure(let error):
            try BrokenPromise.check(error)
        case .success(let matter):
            let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let count = matter.yaml.count { $0 == UInt8(ascii: "\n") }
            try promise(matter.firstLine == 2, "front matter starts on line \(matter.firstLine)")
            try promise(
                lines.count >= count + 2 && lines[0].starts(with: "---".utf8) && lines[count + 1].starts(with: "---".utf8),
                "front matter of \(count) lines does not stand between two fences")
            try promise(
                matter.yaml == lines[1..<(count + 1)].flatMap { $0 + [UInt8(ascii: "\n")] },
                "front matter is not what stands between its fences")
        }
        var files = SmallWorkspace.files
        _ = files.put(path, input)
        try ManifestPromises.check(files, [path], tenant: input.count % 2 == 0 ? nil : "alder")
    }
}
