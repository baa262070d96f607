import Digests
import Manifests
import Model

/// The configuration of a tenant home.
enum ConfigPromises {
    @Sendable static func check(_ input: [UInt8]) throws {
        let configuration: HomeConfiguration
        do {
            configuration = try HomeConfiguration.parse(input)
        } catch let error as ManifestError {
            return try BrokenPromise.check(error)
        }
        try promise((1...86_400).contains(configuration.poll.seconds), "it polls every \(configuration.poll.seconds) seconds")
        try promise((1...64).contains(configuration.workers), "it has \(configuration.workers) workers")
        try promise(
            ["none", "head", "every"].contains(configuration.signatures), "it asks for \(configuration.signatures) signatures")
        let written = FlowYAML.text(try JSONValue(encoding: configuration))
        let again = try HomeConfiguration.parse(Array(written.utf8))
        try promise(again == configuration, "written out and read again it differs: \(again), not \(configuration)")
    }
}

extension BrokenPromise {
    static func check(_ error: ManifestError) throws {
        guard case .invalid(let problems) = error else { return }
        try check(problems)
        try check(error as any AssayError)
    }
}
