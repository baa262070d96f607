import CLibyaml

/// The stream of events that libyaml makes of some bytes; the only place that touches its types.
final class YAMLEvents {
    enum Event {
        case scalar(String, plain: Bool, Marks)
        case sequenceStart(Marks)
        case sequenceEnd
        case mappingStart(Marks)
        case mappingEnd
        case alias(Marks)
        case documentStart(Marks)
        case streamEnd
        /// Carries nothing for us.
        case other
    }

    /// Where an event starts, and what it carries that we refuse.
    struct Marks {
        var position: YAMLNode.Position
        var anchored = false
        var tagged = false
    }

    struct SyntaxError: Error {
        var position: YAMLNode.Position
        var text: String
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>

    private let firstLine: Int

    /// `bytes` must stay valid for as long as this lives; they start on line `firstLine` of their file.
    init(_ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int) throws {
        self.firstLine = firstLine
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw SyntaxError(position: .init(line: firstLine, column: 1), text: "there is no memory left to read it")
        }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func next() throws -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let marks = marks(event, anchor: scalar.anchor, tag: scalar.tag)
            return .scalar(text, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE, marks)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(marks(event, anchor: start.anchor, tag: start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(marks(event, anchor: start.anchor, tag: start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_ALIAS_EVENT: return .alias(marks(event, anchor: nil, tag: nil))
        case YAML_DOCUMENT_START_EVENT: return .documentStart(marks(event, anchor: nil, tag: nil))
        case YAML_STREAM_END_EVENT: return .streamEnd
        default: return .other
        }
    }

    private func marks(
        _ event: yaml_event_t, anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> Marks {
        Marks(position: position(event.start_mark), anchored: anchor != nil, tagged: tag != nil)
    }

    private func position(_ mark: yaml_mark_t) -> YAMLNode.Position {
        .init(line: mark.line + firstLine, column: mark.column + 1)
    }

    private func syntaxError() -> SyntaxError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable"
        let context = parser.pointee.context.map { String(cString: $0) + ": " } ?? ""
        let isReader = parser.pointee.error == YAML_READER_ERROR
        let mark = isReader ? parser.pointee.mark : parser.pointee.problem_mark
        return SyntaxError(position: position(mark), text: context + problem)
    }
}
