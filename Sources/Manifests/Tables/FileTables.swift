import Model

// Files that are not manifests but are described and checked in the same way.

extension KindTable {
    /// The front matter of `runbook.md`: a superset of what published runbooks of the `ntro` SDK write.
    static let runbook = ObjectType([
        .required("slug", .text(.name), "Equals the folder's name."),
        .required("name", .text(.line), "Name as people write it."),
        .required("version", .text(.line), "Version of the runbook, in quotes where it looks like a number."),
        .required("state", .choice(["DRAFT", "ACTIVE", "RETIRED"]), "Whether it is in use."),
        .required("author", .text(.line), "Who wrote it."),
        .optional("description", .text(.anyText), "What it does."),
        .optional("entrypoint", .text(.entrypoint), "module:function, such as nav_monthly:run."),
        .optional("steps", .list(.object(step), atLeast: 0), standard: [], "The steps that people see."),
        .optional("config_schema", .configSchema, "JSON Schema (a subset) of a deployment's config."),
        .optional("parameters", .list(.object(parameter), atLeast: 0), standard: [], "What a request may pass; nothing else is accepted."),
        .optional("templates", .list(.any, atLeast: 0), standard: [], "Templates that the runbook uses."),
    ])

    private static let parameter = ObjectType([
        .required("name", .text(.label), "Name of the parameter."),
        .optional("description", .text(.line), "What it is for."),
    ])

    private static let step = ObjectType([
        .required("id", .text(.label), "Unique within the runbook."),
        .required("label", .text(.line), "Title of the step."),
        .optional(
            "component",
            .choice([
                "LOADING", "FILE_UPLOAD", "MULTI_FILE_UPLOAD", "DATA_TABLE", "SUMMARY", "APPROVAL_FORM",
                "REPORT_PREVIEW",
            ]), "How the step is shown."),
        .optional("activity", .text(.line), "What runs in the step."),
        .optional("responsibility", .text(.line), "Who is responsible."),
        .optional("timeout_minutes", .integer(1...527_040), "Longest wait in minutes."),
        .optional("config", .anyObject, "Settings of the component."),
    ])
}

extension HomeConfiguration {
    /// The keys of a tenant home's `config.yaml`.
    static let table = ObjectType([
        .required(
            "repository",
            .object(
                ObjectType([
                    .required("url", .text(.line), "Path, file, https or ssh URL of the workspace repository."),
                    .optional("branch", .text(.branch), standard: "main", "The branch that is followed."),
                    .optional("auth", .object(auth), standard: ["type": "none"], "How the host identifies itself."),
                    .optional("knownHosts", .text(.line), "Path of a known_hosts file, for ssh."),
                    .optional("caFile", .text(.line), "Path of additional certificate authorities, for https."),
                ])), "Where the workspace comes from."),
        .required("tenant", .text(.name), "Name of the tenant whose home this is."),
        .optional(
            "poll",
            .object(
                ObjectType([
                    .optional("interval", .text(.interval), standard: "60s", "Such as 60s, 5m or 1h."),
                    .optional(
                        "timeout", .text(.interval), standard: "60s",
                        "Longest time for one conversation with a repository over the network."),
                ])),
            standard: ["interval": "60s", "timeout": "60s"], "How often the repository is looked at."),
        .optional(
            "signatures", .choice(["none", "head", "every"]), standard: "none",
            "Floor for the signatures that policies ask for."),
        .optional(
            "sandbox", .choice(["required", "degraded"]), standard: "required",
            "Whether runs without the full sandbox are allowed."),
        .optional("prune", .object(prune), standard: ["maximum": 50, "allowEmpty": false], "What one pass may delete."),
        .optional("python", .text(.line), "Absolute path of the interpreter; found when absent."),
        .optional("dataPlatform", .text(.line), "Path of the tenant's database file."),
        .optional("documents", .text(.line), "Path of the document store."),
        .optional("workers", .integer(1...64), standard: 2, "Runs at the same time."),
        .optional(
            "metrics", .text(.line),
            "Path of a file that the daemon keeps its metrics in, for node_exporter's textfile collector; it ends in .prom."),
        .optional(
            "status",
            .object(
                ObjectType([
                    .optional(
                        "push", .choice(["off", "on"]), standard: "off",
                        "Whether the status, without financial data, is pushed to the repository."),
                    .optional(
                        "ref", .text(.reference),
                        "Reference that it is pushed to; where absent refs/assay/status/ and the tenant."),
                    .optional("branch", .text(.branch), "Branch that it is pushed to instead of a reference of its own."),
                ])), standard: ["push": "off"], "How the host says in Git what it did."),
        .optional(
            "hooks",
            .object(
                ObjectType([
                    .optional(
                        "commitStatus", .list(.text(.line), atLeast: 1),
                        "Program and arguments; reads JSON about what became of a commit, for a forge's commit statuses.")
                ])), standard: [:], "Programs of the host that are told of something."),
    ])

    private static let prune = ObjectType([
        .optional("maximum", .integer(0...100_000), standard: 50, "More deletions than this in one pass stall it."),
        .optional(
            "allowEmpty", .boolean, standard: false, "Whether the last entity, deployment and schedule may be deleted."),
    ])

    private static let auth = ObjectType(
        [
            .required("type", .choice(["none", "ssh-key", "ssh-agent", "token"]), "Kind of identification."),
            .optional("user", .text(.line), "User name; where absent the one in the URL, else git."),
            .optional("key", .text(.line), "Path of a private key, for ssh-key."),
            .optional("secret", .text(.name), "Name of a secret of the home, for token."),
        ],
        variants: [
            Variant(field: "type", value: "none", refuses: ["user", "key", "secret"]),
            Variant(field: "type", value: "ssh-key", needs: ["key"]),
            Variant(field: "type", value: "ssh-agent", refuses: ["key", "secret"]),
            Variant(field: "type", value: "token", needs: ["secret"], refuses: ["key"]),
        ])
}
