import Digests
import Model

/// What a stamp says about a run: an in-toto Statement v1 with a SLSA provenance v1 predicate.
///
/// Pure: the same facts give the same bytes. Sources: in-toto/attestation `spec/v1`, slsa.dev `provenance/v1`.
public struct StampStatement: Sendable {
    static let statementType = "https://in-toto.io/Statement/v1"
    static let predicateType = "https://slsa.dev/provenance/v1"
    static let buildType = "urn:assay:build-type:run:v1"
    static let extensionVersion: Int64 = 1

    /// Hermetic and degraded runs are different builders: a verifier that trusts one need not trust the other.
    static func builder(_ mode: RunMode) -> String { "urn:assay:builder:\(mode.rawValue):v1" }

    public var run: String
    public var runKey: ContentDigest
    public var spec: RunSpec
    public var mode: RunMode
    /// Outputs, or the record of a run that has none.
    public var subjects: [Subject]
    public var history: ContentDigest
    public var configuration: ContentDigest
    public var trustRoot: ContentDigest
    public var carriedFrom: [Carried]
    public var supersedes: Earlier?
    /// All earlier runs of the same deployment, entity and period, failed ones too, oldest first.
    public var earlierRuns: [Earlier]
    public var platform: [String: String]
    public var interpreter: [String: String]
    public var startedOn: String
    public var finishedOn: String
    /// Logs by name.
    public var byproducts: [Subject]
    /// Whether the subjects are outputs, and not the record of a run that has none.
    public var hasOutputs: Bool
    public var failure: RunFailure?

    public struct Subject: Sendable, Hashable {
        public var name: String
        public var sha256: ContentDigest
    }

    /// A run whose closing balances were carried in, with its stamp.
    public struct Carried: Sendable, Hashable {
        public var deployment: String
        public var period: Period
        public var run: String
        public var runKey: ContentDigest
        public var stamp: ContentDigest
    }

    public struct Earlier: Sendable, Hashable {
        public var run: String
        public var state: RunState
        public var commit: GitObjectID
        public var runKey: ContentDigest
        public var stamp: ContentDigest?
        public var startedOn: String?
    }

    /// The statement's JSON value; its canonical bytes are what is signed.
    public var value: JSONValue {
        [
            "_type": .string(Self.statementType),
            "subject": .array(subjects.map { ["name": .string($0.name), "digest": sha256($0.sha256)] }),
            "predicateType": .string(Self.predicateType),
            "predicate": predicate,
        ]
    }

    private var predicate: JSONValue {
        var members: [String: JSONValue] = [
            "buildDefinition": [
                "buildType": .string(Self.buildType),
                "externalParameters": [
                    "tenant": .string(spec.tenant), "deployment": .string(spec.deployment),
                    "entity": .string(spec.entity), "period": .string(spec.period.description),
                    "parameters": .object(spec.parameters.mapValues { .string($0) }),
                ],
                "internalParameters": internalParameters,
                "resolvedDependencies": .array(dependencies),
            ],
            "runDetails": [
                "builder": ["id": .string(Self.builder(mode))],
                "metadata": [
                    "invocationId": .string(run), "startedOn": .string(startedOn), "finishedOn": .string(finishedOn),
                ],
                "byproducts": .array(byproducts.map { ["name": .string($0.name), "digest": sha256($0.sha256)] }),
            ],
            "assay_version": .integer(Self.extensionVersion),
            "assay_earlierRuns": .array(earlierRuns.map(Self.earlier)),
        ]
        if !hasOutputs { members["assay_recordOnly"] = true }
        if let supersedes { members["assay_supersedes"] = Self.earlier(supersedes) }
        if let failure {
            members["assay_failure"] = ["reason": .string(failure.reason), "message": .string(failure.message)]
        }
        return .object(members)
    }

    private var internalParameters: JSONValue {
        [
            "runKey": .string(runKey.hex), "runbook": .string(spec.runbook), "entrypoint": .string(spec.entrypoint),
            "logicalTime": .string(spec.logicalTime), "mode": .string(mode.rawValue),
            "platform": .object(platform.mapValues { .string($0) }),
        ]
    }

    private var dependencies: [JSONValue] {
        var list: [JSONValue] = [["name": "commit", "digest": ["gitCommit": .string(spec.commit.hex)]]]
        if let manifests = spec.manifestCommit {
            list.append(["name": "manifests", "digest": ["gitCommit": .string(manifests.hex)]])
        }
        list += spec.code.map {
            [
                "name": .string("code:" + $0.path),
                "digest": ["gitTree": .string($0.gitTree.hex), "sha256": .string($0.sha256.hex)],
            ]
        }
        list += [
            ["name": "run-spec", "digest": sha256(runKey)],
            ["name": "configuration", "digest": sha256(configuration)],
            ["name": "policies", "digest": sha256(spec.policies)],
            ["name": "trust-root", "digest": sha256(trustRoot)],
            [
                "name": "interpreter", "digest": sha256(spec.interpreter),
                "annotations": .object(interpreter.mapValues { .string($0) }),
            ],
            ["name": "guest", "digest": sha256(spec.guest)],
            ["name": "history", "digest": sha256(history)],
            ["name": "opening-balances", "digest": sha256(spec.openingBalances)],
        ]
        list += spec.catalogue.map { ["name": .string("document:" + $0.name), "digest": sha256($0.sha256)] }
        list += carriedFrom.map {
            [
                "name": .string("carried:\($0.deployment)/\($0.period)"), "digest": sha256($0.stamp),
                "annotations": ["run": .string($0.run), "runKey": .string($0.runKey.hex)],
            ]
        }
        return list
    }

    private static func earlier(_ run: Earlier) -> JSONValue {
        [
            "run": .string(run.run), "state": .string(run.state.rawValue), "commit": .string(run.commit.hex),
            "runKey": .string(run.runKey.hex), "stamp": run.stamp.map { .string($0.hex) } ?? .null,
            "startedOn": run.startedOn.map { .string($0) } ?? .null,
        ]
    }

    private func sha256(_ digest: ContentDigest) -> JSONValue { ["sha256": .string(digest.hex)] }
}
