import Digests
import Foundation
import Model
import Testing

@Suite("What keeps a request from becoming a run")
struct RequestTests {
    private func json(_ text: String) throws -> JSONValue {
        try CanonicalJSON.parse(Array(text.trimmingCharacters(in: .newlines).utf8))
    }

    @Test("one entity that cannot be closed does not keep the others from closing")
    func others() throws {
        let home = try TestHome()
        try home.reconcile()
        let folder = home.documents + "/oak-a/2026-03/bank"
        try FileManager.default.createSymbolicLink(atPath: folder + "/link.csv", withDestinationPath: "/etc/passwd")
        let result = try home.assay("run", "interest", "--all-entities", "--period", "2026-03", "--json")
        #expect(result.status == .exited(1))
        let answer = try json(result.outputText)
        #expect(answer["runs"]?.array?.map { $0["entity"] } == ["oak-b"])
        #expect(answer["refused"]?.array?.first?["entity"] == "oak-a")
        #expect(answer["refused"]?.array?.first?["reason"] == "DocumentRefused")
    }

    @Test("a document store that is not there is no empty catalogue")
    func documentStore() throws {
        let home = try TestHome()
        try home.reconcile()
        try FileManager.default.moveItem(atPath: home.documents, toPath: home.documents + "-away")
        let result = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-03")
        #expect(result.status == .exited(75) && result.errorText.contains(home.documents))
        #expect(try home.json("runs")["runs"] == [])
    }

    @Test("balances in another currency than the entity's are not left out in silence")
    func currency() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.run("oak-a", "2026-03")
        let file = "tenants/oak/entities/oak-a.yaml"
        let text = try String(contentsOfFile: home.workspace.checkout + "/" + file, encoding: .utf8)
        try home.workspace.write(file, text.replacingOccurrences(of: "currency: GBP", with: "currency: EUR"))
        try home.workspace.commit("Change the currency")
        try home.reconcile()
        let result = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-04")
        #expect(result.status == .exited(1) && result.errorText.contains("GBP"))
    }

    @Test("init never removes what is there: a file, a link, a folder with something in it")
    func initialise() throws {
        let scratch = try Scratch()
        let workspace = try SmallWorkspace(in: scratch.path)
        let file = scratch.path + "/notes.txt", link = scratch.path + "/link"
        try "notes".write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: scratch.path + "/nowhere")
        for path in [file, link, workspace.checkout] {
            let result = try Program.run(Program.assay, ["init", path, "--repo", workspace.bare, "--tenant", "oak"])
            #expect(result.status == .exited(1) && result.errorText.contains("not an empty folder"), "\(path)")
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "notes")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == scratch.path + "/nowhere")
    }

    @Test("a workspace that needs a newer assay is not reconciled")
    func minimumVersion() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.workspace.write("workspace.yaml", SmallWorkspace.manifest("Workspace", "small", "minimumVersion: 99.0.0"))
        try home.workspace.commit("Ask for more")
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(1) && result.outputText.contains("99.0.0"))
        #expect(try home.json("status")["reason"] == "VersionTooOld")
    }
}
