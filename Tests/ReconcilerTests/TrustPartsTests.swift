import Digests
import Foundation
import Model
import Testing

@testable import Reconciler

@Suite("Parts of trust")
struct TrustPartsTests {
    @Test(
        "a pattern covers what it says, and never less",
        arguments: [
            ("policies/**", ["policies/a.yaml", "policies/a/b.yaml"], ["policies", "policies2/a.yaml", "x/policies/a.yaml"]),
            ("**/capabilities/**", ["capabilities/a.py", "tenants/oak/capabilities/a.py"], ["tenants/capabilities", "acapabilities/a.py"]),
            ("tenants/*/tenant.yaml", ["tenants/oak/tenant.yaml"], ["tenants/tenant.yaml", "tenants/a/b/tenant.yaml"]),
            ("runbooks/*", ["runbooks/a.md"], ["runbooks/nav/a.md", "runbooks"]),
            ("policies", ["policies/a.yaml", "policies/a/b", "policies"], ["policies2", "policiesx/a"]),
            ("runbooks/nav?/x.py", ["runbooks/nav1/x.py", "runbooks/navé/x.py"], ["runbooks/nav/x.py", "runbooks/nav12/x.py"]),
            ("**", ["a", "a/b/c"], []),
            ("**/*.py", ["a.py", "x/y/a.py"], ["a.md"]),
            ("**/keys", ["keys/a.pub", "tenants/oak/keys/a.pub", "keys"], ["akeys/a.pub", "keysa/a.pub"]),
            ("a**z/b", ["az/b", "a/q/z/b", "az/b/c"], ["a/b"]),
            ("*", ["workspace.yaml"], ["charts/a.yaml"]),
            ("a.*/b", ["a.x/b", "a.x/b/c"], ["axb"]),
        ])
    func pattern(text: String, covered: [String], others: [String]) {
        let pattern = PathPattern(text)
        for path in covered { #expect(pattern.matches(path), "\(text) covers \(path)") }
        for path in others { #expect(!pattern.matches(path), "\(text) does not cover \(path)") }
    }

    @Test("the worst pattern over the longest path takes no time worth telling")
    func hostilePattern() {
        let pattern = PathPattern(String(repeating: "*a**", count: 75) + "c")
        let path = String(repeating: "a/", count: 2000)
        let time = ContinuousClock().measure { #expect(!pattern.matches(path + "b")) }
        #expect(time < .seconds(2), "\(time)")
    }

    @Test("allowed_signers are read line by line: options, quotes, comments and nonsense are no obstacle")
    func signers() throws {
        let key = try SigningKey.generate().verifyingKey
        let line = key.openSSH(comment: "").trimmingCharacters(in: .whitespaces)
        let words = line.split(separator: " ").map(String.init)
        let blob = try #require(Base64.decode(words[1]))
        let text = """
            # ada@comment \(line)
            ada@example.com,!eve@example.com \(line) a comment
            "b c@example.com,d@example.com" namespaces="git, file",valid-after="20200101"\t\(line)\r
            \(line)
            ada@example.com cert-authority \(line)
            " unfinished \(line)
            other@example.com ssh-ed25519 AAAA \(words[1])x
            """
        let found = AllowedSigners(text).principals(ofKey: blob)
        #expect(found == ["ada@example.com", "b c@example.com", "d@example.com", "ssh-ed25519"])
        #expect(AllowedSigners("").principals(ofKey: blob).isEmpty)
        #expect(AllowedSigners(text).principals(ofKey: []).isEmpty)
    }

    @Test("no text makes reading allowed_signers fail, and none lists a key that does not stand there as a word")
    func hostileSigners() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed of hostileSigners: \(seed)")
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = ["ada@x", ",", "!", "*", "\"", " ", "\t", "\n", "\r\n", "#", "ssh-ed25519", "AAAA", "\u{0}", "é", "cert-authority", "="]
        for _ in 0..<2000 {
            let text = (0..<next(60)).map { _ in pieces[next(pieces.count)] }.joined()
            let found = AllowedSigners(text).principals(ofKey: [0, 0, 0])
            #expect(found.isEmpty || text.contains("AAAA"))
            #expect(found.allSatisfy { !$0.isEmpty && !$0.hasPrefix("!") && !$0.contains(",") })
        }
    }

    @Test("the strictest of floor and policies is the level, and the file that asks for it is named")
    func level() throws {
        func policy(_ name: String, _ signatures: String, paths: JSONValue = []) throws -> Resource {
            let spec: JSONValue = [
                "signatures": .string(signatures), "sandbox": "required", "degradedRunsMayPost": false, "fourEyes": true,
                "quorum": 1, "paths": paths,
            ]
            return Resource(
                key: ResourceKey(.policy, tenant: nil, name: name), path: "policies/\(name).yaml", spec: spec,
                digest: try #require(ContentDigest(hex: String(repeating: "0", count: 64))), references: [])
        }
        let none = try TrustRules(floor: "none", policies: [])
        #expect(none.askForNothing)
        let floor = try TrustRules(floor: "head", policies: [try policy("a", "none"), try policy("b", "head")])
        #expect(floor.level == .head && floor.levelFile == "config.yaml")
        let tight = try TrustRules(floor: "none", policies: [try policy("a", "head"), try policy("b", "every")])
        #expect(tight.level == .every && tight.levelFile == "policies/b.yaml")
        #expect(try TrustRules(floor: "all", policies: []).level == .every, "a word of a later version")
        let rule: JSONValue = [["pattern": "charts", "roles": ["controller"]]]
        #expect(try !TrustRules(floor: "none", policies: [try policy("a", "none", paths: rule)]).askForNothing)
    }
}
