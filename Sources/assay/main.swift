import Foundation
import Model

// The program: find the command, parse, run, map the error to an exit code. Everything else is in its own file.
let console = Console(environment: ProcessInfo.processInfo.environment)
let code = await App(console: console).run(Array(CommandLine.arguments.dropFirst()))
exit(code.rawValue)
