import Foundation
import GitStore
import Manifests
import Model
import Reconciler

extension Commands {
    static let initialise = CommandDefinition(
        name: "init", summary: "make a tenant home",
        arguments: [ArgumentDefinition(name: "DIR", help: "a directory that does not exist yet or is empty")],
        options: [
            .value("repo", "URL", "the workspace repository: a path, or a URL with https:// or ssh://"),
            .value("tenant", "NAME", "which tenant of the repository this home is for"),
            .value("branch", "NAME", "the branch whose commits are deployed (default: main)"),
            .value("documents", "DIR", "the tenant's document store (default: documents in the home)"),
            .value("data-platform", "FILE", "the tenant's data platform, an SQLite file"),
            .value("python", "FILE", "the interpreter for runbooks (default: python3 on the PATH)"),
            .value("at", "COMMIT", "trust the branch up to this commit, by its full id, without signatures"),
            .value("sandbox", "MODE", "required or degraded (default: required)", choices: ["required", "degraded"]),
        ],
        details: "Makes folders, keys, an empty store and mirror. Nothing is fetched yet: 'assay doctor' checks the rest.",
        example: "assay init /srv/assay/alder --repo https://git.example/alder.git --tenant alder"
    ) { invocation in
        guard let repository = invocation.value("repo"), let tenant = invocation.value("tenant") else {
            throw UsageError(
                message: "init needs --repo and --tenant", remedy: "See 'assay init --help' for an example")
        }
        let home = TenantHome(invocation.arguments[0])
        try HomeInitialiser(
            home: home, repository: absolute(repository), branch: invocation.value("branch") ?? "main", tenant: tenant,
            documents: invocation.value("documents").map(absolute),
            dataPlatform: invocation.value("data-platform").map(absolute), python: invocation.value("python").map(absolute),
            sandbox: invocation.value("sandbox") ?? "required", seal: try invocation.value("at").map(seal)
        ).create()
        console.print("made the tenant home \(home.path)")
        console.print("public stamping key: \(home.stampKeyPublic)")
        if let documents = invocation.value("documents"), !FileManager.default.fileExists(atPath: absolute(documents)) {
            console.message("note: the document store \(absolute(documents)) does not exist yet")
        }
        console.message("next: 'assay doctor --home \"\(home.path)\"' checks host and repository, 'assay plan' shows what would be deployed")
        return .done
    }

    /// Nothing is fetched yet, so an abbreviation could not be told from another.
    private static func seal(_ text: String) throws -> GitObjectID {
        guard let commit = GitObjectID(hex: text.lowercased()) else {
            throw UsageError(
                message: "--at needs a whole commit id, not '\(text)'", remedy: "'git rev-parse \(text)' prints its 40 digits")
        }
        return commit
    }

    /// A path as the user typed it, made absolute; a URL stays as it is.
    static func absolute(_ text: String) -> String {
        let isURL = text.contains("://") || (text.contains("@") && text.contains(":"))
        return isURL ? text : URL(fileURLWithPath: text).standardizedFileURL.path
    }

    static let doctor = CommandDefinition(
        name: "doctor", summary: "check host, sandbox, Python, repository access and clock; say what to install",
        options: [.home, .json], example: "assay doctor --home /srv/assay/alder"
    ) { invocation in
        let named = invocation.value("home") != nil || environment["ASSAY_HOME"]?.isEmpty == false
        let checks = await Doctor.examine(named ? try reading(invocation) : nil)
        if invocation.json {
            try print(json: ["checks": try JSONValue(encoding: checks)])
        } else {
            for check in checks {
                let mark = check.passed ? console.paint("ok  ", .green) : console.paint("FAIL", .red)
                console.print("\(mark)  \(check.name): \(check.detail)" + (check.remedy.isEmpty ? "" : "\n      \(check.remedy)"))
            }
            if !named { console.message("no home is named, so only the host was checked (--home DIR or ASSAY_HOME)") }
        }
        return checks.allSatisfy(\.passed) ? .done : .failed
    }

    static let validate = CommandDefinition(
        name: "validate", summary: "check a workspace working tree, offline",
        arguments: [ArgumentDefinition(name: "PATH", help: "the workspace (default: here)", required: false)],
        options: [.json],
        details: "Needs no home. Manifests and the scenarios of runbooks, all problems at once, as file:line:column; exit 1 when there are any. Meant for pull-request CI too.",
        example: "assay validate example-repo/workspace"
    ) { invocation in
        let path = invocation.arguments.first ?? "."
        let problems: [Problem]
        let count: Int
        do {
            let tree = WorkingDirectory(URL(fileURLWithPath: path).standardizedFileURL.path)
            let scenarios = try ScenarioLoader.problems(in: tree)
            switch try ManifestLoader.load(tree) {
            case .loaded(let resources): (problems, count) = (scenarios, resources.count)
            case .problems(let found): (problems, count) = (Set(found + scenarios).sorted(), 0)
            }
        } catch GitStoreError.treeRefused(_, let found) {
            (problems, count) = (found, 0)
        }
        if invocation.json {
            try print(json: ["problems": try JSONValue(encoding: problems), "resources": .integer(Int64(count))])
        } else if problems.isEmpty {
            console.print("\(console.paint("valid", .green)): \(count) resources in \(path)")
        } else {
            problems.forEach { console.print(line(for: $0)) }
            console.message("\(problems.count == 1 ? "1 problem" : "\(problems.count) problems") in \(path)")
        }
        return problems.isEmpty ? .done : .failed
    }

    static func line(for problem: Problem) -> String {
        var place = problem.file
        if problem.line > 0 { place += ":\(problem.line)" }
        if problem.column > 0 { place += ":\(problem.column)" }
        return console.paint(place, .bold) + ": \(problem.message). \(problem.remedy)"
    }

    static let interpreter = CommandDefinition(
        name: "interpreter", summary: "show the kept Python interpreter, or take the host's current one",
        arguments: [
            ArgumentDefinition(name: "ACTION", help: "what to do", required: false, choices: ["show", "update"])
        ],
        options: [.home, .json],
        details: "Runs use a copy of the interpreter that is kept in the home, so that an upgrade of the host changes nothing. "
            + "'update' copies the host's current one for future runs; earlier runs replay with theirs.",
        example: "assay interpreter update", changesHome: true
    ) { invocation in
        if invocation.arguments.first == "update" {
            try await changing(invocation) { context in
                let closure = try await InterpreterKeeper(context).update(progress: { console.progress($0) })
                console.endProgress()
                console.print("kept \(closure.description.implementation) \(closure.description.version) as \(closure.tree)")
            }
            return .done
        }
        let pinned = try await InterpreterKeeper(try reading(invocation)).pinned()
        if invocation.json {
            try print(json: ["interpreter": try pinned.map { try JSONValue(encoding: $0) } ?? .null])
        } else if let pinned {
            console.print("\(pinned.description.implementation) \(pinned.description.version) \(pinned.tree)")
        } else {
            console.print("none yet: the first run copies the host's")
        }
        return .done
    }

    static let completion = CommandDefinition(
        name: "completion", summary: "print shell completion",
        arguments: [ArgumentDefinition(name: "SHELL", help: "which shell", choices: Completion.shells)],
        example: "source <(assay completion bash)"
    ) { invocation in
        console.print(Completion.script(for: invocation.arguments[0], commands: all), terminator: "")
        return .done
    }
}
