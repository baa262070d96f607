// swift-tools-version:6.0
// Targets stand in dependency order: a target imports only what stands above it.
import PackageDescription

let package = Package(
    name: "assay",
    products: [.executable(name: "assay", targets: ["assay"])],
    targets: [
        // C libraries of the operating system; each is imported by exactly one target.
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CLibyaml", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2"),
        .systemLibrary(name: "CLibz", pkgConfig: "zlib"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
        .systemLibrary(name: "CLibseccomp", pkgConfig: "libseccomp"),
        // Declarations of the C library that Swift's module of it hides.
        .systemLibrary(name: "CSpawn"),

        // Values, and the three leaves that everything above them shares.
        .target(name: "Model"),
        .target(name: "Digests", dependencies: ["Model", "CLibcrypto"]),
        .target(name: "ChildProcess", dependencies: ["Model", "CSpawn"]),
        // When schedules start: pure functions, shared by those who check manifests and those who follow them.
        .target(name: "Schedules", dependencies: ["Model"]),

        // Siblings: none of these imports another.
        .target(name: "Manifests", dependencies: ["Model", "Digests", "Schedules", "CLibyaml"]),
        .target(name: "GitStore", dependencies: ["Model", "Digests", "ChildProcess", "CLibgit2", "CLibz"]),
        .target(name: "TenantStore", dependencies: ["Model", "Digests", "Schedules", "CSQLite"]),
        .target(
            name: "Executor", dependencies: ["Model", "Digests", "ChildProcess", "CLibseccomp"],
            exclude: ["Shim"], resources: [.copy("Guest")]),

        // Desired state → diff → plan → apply, and run coordination.
        .target(
            name: "Reconciler",
            dependencies: [
                "Model", "Digests", "Schedules", "Manifests", "GitStore", "TenantStore", "Executor", "ChildProcess",
            ]),
        .executableTarget(name: "assay", dependencies: ["Reconciler"]),
        // `make bench`; not shipped.
        .executableTarget(
            name: "assay-bench", dependencies: ["Reconciler"], path: "Benchmarks", exclude: ["bare.py"]),

        // A server for tests of two targets.
        .target(name: "SSHServer", dependencies: ["ChildProcess"], path: "Tests/SSHServer"),

        .testTarget(name: "ModelTests", dependencies: ["Model"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests", "ChildProcess"]),
        .testTarget(name: "ChildProcessTests", dependencies: ["ChildProcess"]),
        .testTarget(name: "SchedulesTests", dependencies: ["Schedules", "Reconciler"], exclude: ["oracle.py"]),
        .testTarget(name: "ManifestsTests", dependencies: ["Manifests"]),
        .testTarget(name: "GitStoreTests", dependencies: ["GitStore", "SSHServer", "ChildProcess", "assay"]),
        .testTarget(name: "TenantStoreTests", dependencies: ["TenantStore"]),
        .testTarget(name: "ExecutorTests", dependencies: ["Executor"]),
        .testTarget(name: "ReconcilerTests", dependencies: ["Reconciler"]),
        .testTarget(name: "CommandTests", dependencies: ["Reconciler", "TenantStore", "Schedules", "ChildProcess", "SSHServer", "assay"]),
    ],
    swiftLanguageModes: [.v6]
)

// What must hold whatever bytes come in: a part of the tests, and with ASSAY_FUZZ set (see scripts/fuzz) a library under
// libFuzzer, whose program brings a main of its own. A build for users sees neither.
let guarded: [Target.Dependency] = [
    "Model", "Digests", "ChildProcess", "Schedules", "Manifests", "GitStore", "Executor", "Reconciler",
]
if Context.environment["ASSAY_FUZZ"] == nil {
    package.targets.append(.testTarget(name: "FuzzTests", dependencies: guarded))
} else {
    package.targets += [
        .target(name: "FuzzTargets", dependencies: guarded, path: "Tests/FuzzTests/Targets"),
        .executableTarget(name: "assay-fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Driver"),
    ]
}
