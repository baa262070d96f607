import Model

// Which deployments do not serve what is applied, and what the checks of code came to.
extension StoreDatabase {
    /// In the order of their names.
    public func holds() throws -> [DeploymentHold] {
        try connection.rows("SELECT hold FROM deployment_holds ORDER BY deployment") {
            try JSONColumn.value(DeploymentHold.self, $0.text(0))
        }
    }

    public func hold(of deployment: String) throws -> DeploymentHold? {
        try connection.row("SELECT hold FROM deployment_holds WHERE deployment = ?", .text(deployment)) {
            try JSONColumn.value(DeploymentHold.self, $0.text(0))
        }
    }

    /// These and no others; part of the transaction that applies a plan.
    func replaceHolds(_ holds: [DeploymentHold]) throws {
        try connection.run("DELETE FROM deployment_holds")
        for hold in holds {
            try connection.run(
                "INSERT INTO deployment_holds VALUES (?, ?)", .text(hold.deployment), .text(try JSONColumn.text(hold)))
        }
    }

    /// What the check of this code came to, if it was ever made. `code` names the content, not the commit.
    public func promotion(runbook: String, code: String) throws -> PromotionVerdict? {
        try connection.row(
            "SELECT verdict FROM promotions WHERE runbook = ? AND code = ? ORDER BY id DESC LIMIT 1", .text(runbook),
            .text(code)
        ) { try JSONColumn.value(PromotionVerdict.self, $0.text(0)) }
    }

    public func record(
        _ verdict: PromotionVerdict, runbook: String, code: String, commit: GitObjectID, at: String
    ) throws {
        try connection.run(
            "INSERT INTO promotions (runbook, code, commit_id, verdict, at) VALUES (?, ?, ?, ?, ?)", .text(runbook),
            .text(code), .text(commit.hex), .text(try JSONColumn.text(verdict)), .text(at))
    }
}
