import Model

extension JSONValue {
    /// The JSON of an `Encodable` value; integers stay integers.
    public init(encoding value: some Encodable) throws {
        let slot = JSONSlot()
        do {
            try slot.encode(value, codingPath: [])
        } catch let EncodingError.invalidValue(_, context) {
            throw DigestError.noCanonicalForm(place: place(of: context.codingPath), problem: context.debugDescription)
        }
        self = slot.resolved
    }
}

func place(of path: [any CodingKey]) -> String {
    path.map { key in key.intValue.map { "/\($0)" } ?? jsonPointerStep(key.stringValue) }.joined()
}

/// A place in the JSON under construction. Containers share their slot with whoever asked for them, which is why this
/// is a class: `Codable` lets a nested container be filled after its parent went on.
final class JSONSlot {
    private enum Content {
        case leaf(JSONValue)
        case array([JSONSlot])
        case object([String: JSONSlot])
    }

    private var content: Content?

    var resolved: JSONValue {
        switch content {
        // `Codable` says that a value that encodes nothing is an empty container.
        case nil: .object([:])
        case .leaf(let value): value
        case .array(let slots): .array(slots.map(\.resolved))
        case .object(let slots): .object(slots.mapValues(\.resolved))
        }
    }

    func set(_ value: JSONValue) { content = .leaf(value) }

    func beginArray() { if case .array = content {} else { content = .array([]) } }
    func beginObject() { if case .object = content {} else { content = .object([:]) } }

    var count: Int { if case .array(let slots) = content { slots.count } else { 0 } }

    func appendElement() -> JSONSlot {
        let slot = JSONSlot()
        guard case .array(var slots) = content else { return slot }
        // Emptied first so that the array is not copied on every append.
        content = nil
        slots.append(slot)
        content = .array(slots)
        return slot
    }

    func member(_ key: String) -> JSONSlot {
        let slot = JSONSlot()
        guard case .object(var slots) = content else { return slot }
        content = nil
        slots[key] = slot
        content = .object(slots)
        return slot
    }

    func encode<T: Encodable>(_ value: T, codingPath: [any CodingKey]) throws {
        if let value = value as? JSONValue { return set(value) }
        try value.encode(to: JSONSlotEncoder(slot: self, codingPath: codingPath))
    }
}

private struct JSONSlotEncoder: Encoder {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.beginObject()
        return KeyedEncodingContainer(KeyedContainer(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.beginArray()
        return UnkeyedContainer(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleValueContainer(slot: slot, codingPath: codingPath)
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { slot.member(key.stringValue).set(.null) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try slot.member(key.stringValue).encode(value, codingPath: codingPath + [key])
    }

    private func nested(_ key: any CodingKey) -> JSONSlotEncoder {
        JSONSlotEncoder(slot: slot.member(key.stringValue), codingPath: codingPath + [key])
    }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { nested(JSONKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var count: Int { slot.count }

    func encodeNil() { slot.appendElement().set(.null) }

    func encode(_ value: some Encodable) throws {
        let path = codingPath + [JSONKey(intValue: count)]
        try slot.appendElement().encode(value, codingPath: path)
    }

    private func nested() -> JSONSlotEncoder {
        let path = codingPath + [JSONKey(intValue: count)]
        return JSONSlotEncoder(slot: slot.appendElement(), codingPath: path)
    }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nested().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
    func superEncoder() -> any Encoder { nested() }
}

private struct SingleValueContainer: SingleValueEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    func encodeNil() { slot.set(.null) }
    func encode(_ value: Bool) { slot.set(.bool(value)) }
    func encode(_ value: String) { slot.set(.string(value)) }
    func encode(_ value: Double) { slot.set(.number(value)) }
    // Through the shortest digits: 0.1 as a Float is written 0.1 and not 0.10000000149011612.
    func encode(_ value: Float) { slot.set(.number(Double(value.description) ?? Double(value))) }
    func encode(_ value: Int) throws { try encode(integer: value) }
    func encode(_ value: Int8) throws { try encode(integer: value) }
    func encode(_ value: Int16) throws { try encode(integer: value) }
    func encode(_ value: Int32) throws { try encode(integer: value) }
    func encode(_ value: Int64) throws { try encode(integer: value) }
    func encode(_ value: UInt) throws { try encode(integer: value) }
    func encode(_ value: UInt8) throws { try encode(integer: value) }
    func encode(_ value: UInt16) throws { try encode(integer: value) }
    func encode(_ value: UInt32) throws { try encode(integer: value) }
    func encode(_ value: UInt64) throws { try encode(integer: value) }
    func encode(_ value: some Encodable) throws { try slot.encode(value, codingPath: codingPath) }

    private func encode(integer value: some BinaryInteger) throws {
        guard let integer = Int64(exactly: value) else {
            let context = EncodingError.Context(
                codingPath: codingPath, debugDescription: "the integer \(value) is outside 64 bits")
            throw EncodingError.invalidValue(value, context)
        }
        slot.set(.integer(integer))
    }
}

/// A coding key made on the spot.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}
