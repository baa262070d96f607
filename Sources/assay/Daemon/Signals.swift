import Foundation
import Synchronization

/// SIGTERM and SIGINT stop, SIGHUP reloads; a second SIGTERM or SIGINT ends the process at once.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    init(stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void) {
        func source(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
        // Whoever reads our log or our answers may go away; that must not end us.
        signal(SIGPIPE, SIG_IGN)
        let counter = Counter()
        let ask: @Sendable () -> Void = {
            // What a run has recorded is kept, and the next start finishes it.
            if counter.increment() > 1 { _exit(130) }
            stop()
        }
        sources = [source(SIGTERM, ask), source(SIGINT, ask), source(SIGHUP, reload)]
    }

    func cancel() { sources.forEach { $0.cancel() } }

    private final class Counter: Sendable {
        private let asked = Atomic<Int>(0)
        func increment() -> Int { asked.add(1, ordering: .relaxed).newValue }
    }
}
