/// Waits for work no longer than a deadline.
///
/// A C call that waits for the network cannot be cancelled. So the work itself is left to end when it can: only the
/// waiting ends.
func waiting<Value: Sendable>(
    atMost deadline: Duration, orThrow late: some Error, for work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let (outcomes, outcome) = AsyncThrowingStream<Value, any Error>.makeStream()
    Task {
        do {
            outcome.yield(try await work())
        } catch {
            outcome.finish(throwing: error)
        }
    }
    let watch = Task {
        try await Task.sleep(for: deadline)
        outcome.finish(throwing: late)
    }
    defer { watch.cancel() }
    for try await value in outcomes { return value }
    throw CancellationError()
}
