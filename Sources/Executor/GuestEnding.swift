import Model

/// How the conversation with a guest ended, before its process has.
enum GuestEnding {
    case succeeded
    /// The guest said itself that the runbook failed.
    case reported(RunFailure)
    /// We ended it.
    case failed(RunFailure)
    case suspended
    case diverged(Divergence)
    /// The guest closed its end without a last frame: how its process ended says why.
    case lost
    /// The guest closed its end within a frame: this failure, unless its process was ended by something else.
    case cut(RunFailure)

    /// Whether the guest may still be in the middle of something and must be ended by us.
    var endsGuest: Bool {
        switch self {
        case .succeeded, .reported, .suspended, .lost, .cut: false
        case .failed, .diverged: true
        }
    }

    /// Whether the guest has promised to say no more.
    var isLastFrame: Bool {
        switch self {
        case .succeeded, .reported: true
        case .failed, .suspended, .diverged, .lost, .cut: false
        }
    }
}
