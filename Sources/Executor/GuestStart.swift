import Model

/// The start frame: everything that is known before the run, and nothing of the host.
package enum GuestStart {
    static func frame(_ spec: RunSpec) -> JSONValue {
        ["type": "start", "protocol": 1, "run": run(spec)]
    }

    /// Also what a benchmark's bare script is told.
    package static func run(_ spec: RunSpec) -> JSONValue {
        let tenant = spec.tenantSpec, entity = spec.entitySpec
        return [
            "tenant": [
                "name": .string(spec.tenant), "displayName": .string(tenant.displayName),
                "baseCurrency": .string(tenant.baseCurrency), "timeZone": .string(tenant.timeZone),
                "fiscalYearEnd": .string(tenant.fiscalYearEnd),
                "reportingFramework": .string(tenant.reportingFramework),
            ],
            "entity": [
                "name": .string(spec.entity), "displayName": .string(entity.displayName), "type": .string(entity.type),
                "jurisdiction": .string(entity.jurisdiction), "currency": .string(entity.currency),
                "labels": .object(entity.labels.mapValues { .string($0) }),
            ],
            "period": [
                "name": .string(spec.period.description), "start": .string(spec.period.start.description),
                "end": .string(spec.period.end.description),
                "previous": spec.period.previous.map { .string($0.description) } ?? .null,
            ],
            "deployment": .string(spec.deployment), "runbook": .string(spec.runbook),
            "entrypoint": .string(spec.entrypoint),
            "parameters": .object(spec.parameters.mapValues { .string($0) }),
            "config": spec.config, "logicalTime": .string(spec.logicalTime),
            "accounts": .array(
                spec.chart.accounts.map {
                    ["code": .string($0.code), "name": .string($0.name), "type": .string($0.type)]
                }),
        ]
    }
}
