import Foundation
import Model

/// Where a command writes: results to standard output, messages to standard error.
struct Console: Sendable {
    typealias Sink = @Sendable (String) -> Void

    let colours: Bool
    /// Whether a progress line may be drawn and erased.
    let interactive: Bool
    private let output: Sink
    private let errors: Sink

    init(environment: [String: String]) {
        let plain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        interactive = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
        colours = !plain && isatty(STDOUT_FILENO) == 1
        output = { FileHandle.standardOutput.write(Data($0.utf8)) }
        errors = { FileHandle.standardError.write(Data($0.utf8)) }
    }

    /// A console that is somewhere else: a command that a daemon carries out for another process.
    init(colours: Bool, output: @escaping Sink, errors: @escaping Sink) {
        self.colours = colours
        interactive = false
        self.output = output
        self.errors = errors
    }

    func print(_ text: String, terminator: String = "\n") {
        output(text + terminator)
    }

    func message(_ text: String) {
        errors((interactive ? "\r\u{1b}[K" : "") + text + "\n")
    }

    /// What another process printed to its standard error, as it is.
    func raw(_ text: String) { errors(text) }

    /// A line that the next one replaces; plain lines where there is no terminal.
    func progress(_ text: String) {
        errors(interactive ? "\r\u{1b}[K\(text)" : text + "\n")
    }

    func endProgress() {
        if interactive { errors("\r\u{1b}[K") }
    }

    enum Colour: Int { case red = 31, green = 32, yellow = 33, bold = 1, dim = 2 }

    func paint(_ text: String, _ colour: Colour) -> String {
        colours ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Columns aligned by their widest cell; columns in `right` are aligned right.
    func table(_ rows: [[String]], header: [String], right: Set<Int> = []) -> String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.enumerated().map { index, row in
            let cells = row.enumerated().map { column, cell in
                right.contains(column) ? cell.leftPadded(to: widths[column]) : cell.padded(to: widths[column])
            }
            let line = cells.joined(separator: "  ").trimmedRight
            return index == 0 ? paint(line, .bold) : line
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedRight: String {
        var text = Substring(self)
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
