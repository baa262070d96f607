import CLibcrypto

/// The one place that reads libcrypto's error queue.
enum Libcrypto {
    /// The error of the call that just failed; the thread's queue is empty afterwards.
    static func failure(_ operation: String) -> DigestError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return .cryptography(operation: operation, detail: "it gave no reason") }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return .cryptography(operation: operation, detail: String(decoding: bytes, as: UTF8.self))
    }
}
