import Model

/// `README.md` of the status reference: what a forge shows first.
struct StatusReadme {
    static let path = "README.md"
    let document: StatusDocument

    init(_ document: StatusDocument) { self.document = document }

    var text: String {
        let status = document.status
        var lines = ["# assay: \(status.tenant)", "", "**\(status.headline)**, since \(status.since)", ""]
        for place in status.problems { lines.append("- `\(place.file)`\(place.line > 0 ? ", line \(place.line)" : "")") }
        if !status.problems.isEmpty { lines.append("") }
        lines += table(
            ["deployment", "serves", "because"],
            document.deployments.deployments.compactMap(exception).prefix(50))
        lines += table(
            ["state", "deployment", "entity", "period", "run", "stamp (SHA-256)"],
            document.lastRuns.runs.prefix(20).map {
                [[$0.state.rawValue, $0.reason ?? ""].filter { !$0.isEmpty }.joined(separator: " "), $0.deployment, $0.entity,
                    $0.period, "`\($0.run.prefix(12))`", $0.stamp.map { "`\($0)`" } ?? ""]
            })
        return (lines + [explanation]).joined(separator: "\n")
    }

    /// Deployments that serve what is applied are as they should be and need no line.
    private func exception(_ deployment: DeploymentsFile.Deployment) -> [String]? {
        let because = deployment.hold.map { "\($0.reason) at `\($0.attempted.short)`" }
            ?? (deployment.suspended ? "suspended" : deployment.serving.map { _ in "pinned" })
        let serving = deployment.serves(document.status.applied?.commit)
        return because.map { [deployment.name, serving.map { "`\($0.short)`" } ?? "nothing", $0] }
    }

    private func table(_ header: [String], _ rows: some Collection<[String]>) -> [String] {
        guard !rows.isEmpty else { return [] }
        let lines = [header, header.map { _ in "---" }] + rows
        return lines.map { "| \($0.joined(separator: " | ")) |" } + [""]
    }

    private let explanation = """
        Written by assay on the tenant's host, a commit for each change, signed with the host's stamping key; nobody else
        writes here. It holds no financial data: no amount, document, account or output, and no digest of any of them.

        | file | what |
        |---|---|
        | `status.json` | what is applied, what was attempted, and what keeps it from going on |
        | `deployments.json` | each deployment, and which commit it serves where that is not the applied one |
        | `last-runs.json` | the runs that ended last |
        | `checkpoint` | the signed head of the host's log, in which every stamp is a leaf |
        | `runs/<period>/<deployment>/<entity>.json` | every run that waits or has ended, with the SHA-256 of its stamp |

        Whoever holds an output checks it against this: `sha256sum <output>.stamp.json` is the run's `stamp`.
        `assay status --remote URL` shows all this in a terminal.

        """
}
