import Digests
import Foundation
import Model

/// The files of an interpreter closure, laid out alike wherever the interpreter was installed.
///
///     etc/                      a user and a group for the one number that the guest runs under
///     usr/bin/python3           the interpreter
///     usr/lib/                  loader and shared libraries (`/lib` and `/lib64` point here)
///     usr/lib/python3.X/        the standard library
///     usr/lib/assay/            determinism shim and description
///     usr/share/zoneinfo/       time zones
struct ClosureFiles {
    private(set) var files: [TreeFile] = []
    private let interpreter: PythonInterpreter

    init(_ interpreter: PythonInterpreter, shim: String) throws {
        self.interpreter = interpreter
        var libraries = try SharedLibraries(of: interpreter.executable)
        add("usr/bin/python3", interpreter.executable, executable: true)
        try addLibrary(&libraries)
        for (name, path) in libraries.found { add("usr/lib/" + name, path, executable: true) }
        try addTimeZones()
        addLocale()
        add("usr/lib/assay/libdeterminism.so", shim, executable: true)
        add("usr/lib/assay/closure.json", bytes: try CanonicalJSON.encode(interpreter.description))
        add("etc/passwd", bytes: Array("assay:x:1000:1000::/nonexistent:/nonexistent\n".utf8))
        add("etc/group", bytes: Array("assay:x:1000:\n".utf8))
        files.sort { $0.path < $1.path }
    }

    /// Libraries and time zones are often links: what they point to is kept, under the name that is asked for.
    private mutating func add(_ path: String, _ source: String, executable: Bool = false) {
        var status = stat()
        let isLink = lstat(source, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        let file = isLink ? URL(fileURLWithPath: source).resolvingSymlinksInPath().path : source
        files.append(TreeFile(path: path, executable: executable, content: .file(file)))
    }

    private mutating func add(_ path: String, bytes: [UInt8]) {
        files.append(TreeFile(path: path, content: .bytes(bytes)))
    }

    /// Not part of what a runbook can use: tests, editors, windows, installers, and what sites have added.
    private static let leftOut: Set<String> = [
        "test", "tests", "idlelib", "idle_test", "tkinter", "turtledemo", "ensurepip", "site-packages", "dist-packages",
        "__pycache__",
    ]

    private mutating func addLibrary(_ libraries: inout SharedLibraries) throws {
        let root = "usr/lib/\(interpreter.libraryName)/"
        for path in Folder.files(interpreter.library, skipping: {
            ClosureFiles.leftOut.contains($0) || $0.hasPrefix("config-")
        }) {
            let source = interpreter.library + "/" + path
            let name = (path as NSString).lastPathComponent
            switch (name as NSString).pathExtension {
            case "pyc", "pyo", "a", "o", "exe", "bat": continue
            case "so":
                guard !["_test", "_ctypes_test", "_tkinter", "_xx", "xx"].contains(where: name.hasPrefix),
                    try libraries.add(module: source)
                else { continue }
                add(root + path, source, executable: true)
            default: add(root + path, source)
            }
        }
        guard files.contains(where: { $0.path == root + "os.py" }) else {
            throw ExecutorError.interpreterUnusable(
                path: interpreter.executable, why: "\(interpreter.library) does not hold its standard library")
        }
    }

    private mutating func addTimeZones() throws {
        let source = "/usr/share/zoneinfo"
        let paths = Folder.files(source, skipping: { $0 == "posix" || $0 == "right" })
        guard paths.contains("Europe/London") else {
            throw ExecutorError.closureBroken(why: "\(source) has no time zones: install the package tzdata")
        }
        for path in paths where path != "localtime" && path != "posixrules" {
            add("usr/share/zoneinfo/" + path, source + "/" + path)
        }
    }

    /// Older C libraries do not have this locale built in.
    private mutating func addLocale() {
        let source = "/usr/lib/locale/C.utf8"
        for path in Folder.files(source, skipping: { _ in false }) {
            add("usr/lib/locale/C.utf8/" + path, source + "/" + path)
        }
    }
}

/// Lists what lies under a folder.
enum Folder {
    /// Relative paths of the regular files, sorted bytewise; links to files count as files, links to folders are skipped.
    static func files(_ root: String, skipping skip: (String) -> Bool) -> [String] {
        var found: [String] = []
        collect(root, "", skip, &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func collect(_ root: String, _ prefix: String, _ skip: (String) -> Bool, _ found: inout [String]) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + prefix)) ?? []
        for name in names where !name.utf8.contains(0x0A) {
            let path = prefix + name
            var status = stat()
            guard lstat(root + "/" + path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                if !skip(name) { collect(root, path + "/", skip, &found) }
            } else if stat(root + "/" + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                found.append(path)
            }
        }
    }
}
