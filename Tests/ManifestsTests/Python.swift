import Foundation

/// The reference implementation, as a child process.
enum Python {
    static let hasJSONSchema: Bool = (try? run("import jsonschema", [])) != nil

    static func judge(_ input: [UInt8]) throws -> [UInt8] {
        try run(
            """
            import json, sys, jsonschema
            data = json.load(sys.stdin)
            judges = {}
            for name, schema in data["schemas"].items():
                jsonschema.Draft202012Validator.check_schema(schema)
                judges[name] = jsonschema.Draft202012Validator(schema)
            print(json.dumps([judges[name].is_valid(value) for name, value in data["cases"]]))
            """, input)
    }

    private struct Failed: Error { var text: String }

    private static func run(_ program: String, _ input: [UInt8]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try folder.write("input.json", input)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let output = Pipe()
        let errors = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: folder.url.appending(path: "input.json"))
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(text: String(decoding: text, as: UTF8.self)) }
        return Array(bytes)
    }
}
