import Dispatch
import Foundation
import FuzzTargets
import Synchronization

// What libFuzzer calls. It brings its own main; the target is named by the environment, because libFuzzer reads the
// arguments.

private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["ASSAY_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.named(name) else {
        let names = FuzzTarget.all.map(\.name).joined(separator: " ")
        FileHandle.standardError.write(Data("ASSAY_FUZZ_TARGET must be one of: \(names)\n".utf8))
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    do {
        switch target.check {
        case .immediate(let check): try check(input)
        case .awaiting(let check): try wait { try await check(input) }
        }
    } catch {
        // libFuzzer takes the end of the process for a find, and keeps the input.
        FileHandle.standardError.write(Data("\(target.name): \(error)\n".utf8))
        abort()
    }
    return 0
}

/// Blocks libFuzzer's thread, which is none of those that tasks run on.
private func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
    let result = Mutex<Result<Void, any Error>>(.success(()))
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        do { try await body() } catch { result.withLock { $0 = .failure(error) } }
        done.signal()
    }
    done.wait()
    try result.withLock { $0 }.get()
}
