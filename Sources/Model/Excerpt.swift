/// The start of a text that somebody else wrote, short enough for a sentence and fit for a terminal.
///
/// Counted in Unicode scalars: one character can be as long as its writer likes.
public func excerpt(_ text: some StringProtocol, _ longest: Int = 40) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: longest, limitedBy: scalars.endIndex),
        end < scalars.endIndex
    else { return printable(text) }
    return printable(text[..<end]) + "…"
}

/// The text with everything that a terminal would act upon, or not show, written out.
public func printable(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: { $0.isControl || $0.isInvisible }) else { return String(text) }
    return text.unicodeScalars.map { scalar in
        scalar.isControl || scalar.isInvisible
            ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
    }.joined()
}

/// Whether marks are heaped on one letter: by default more than thirty, where Unicode's stream-safe text (UAX #15) ends.
///
/// Comparing or hashing such a text costs the square of the heap, because its marks are sorted first: whoever takes text
/// from strangers asks this before anything else.
public func heapsMarks(_ text: some StringProtocol, moreThan most: Int = 30) -> Bool {
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return false }
    var run = 0
    for scalar in text.unicodeScalars {
        run = scalar.isMark ? run + 1 : 0
        if run > most { return true }
    }
    return false
}

extension Unicode.Scalar {
    /// Control characters that a terminal may act upon.
    var isControl: Bool { value < 0x20 || value == 0x7F }

    /// Controls and direction marks that make one text look like another.
    public var isInvisible: Bool {
        switch value {
        case 0x80...0x9F, 0xAD, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0000...0xE007F: true
        default: false
        }
    }

    fileprivate var isMark: Bool {
        guard value >= 0x300 else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }
}
