import Model

/// Reads a workspace: files in, validated resources or all problems out.
///
/// Nothing here knows where files come from or what was deployed before: both are handed in.
public enum ManifestLoader {
    /// Reads and validates everything.
    ///
    /// With a `tenant`, the whole workspace is validated all the same, but only what is shared and what is that
    /// tenant's becomes a resource.
    public static func load(_ source: some FileSource, tenant: String? = nil) throws -> LoadResult {
        .loaded([])
    }

    /// Reads only the units that `changedPaths` touch and checks them against what was accepted before.
    ///
    /// `index` must hold what `load` (or this) gave for the base of the change. The outcome equals that of a full load: the same
    /// problems, or a difference which turns the index into what a full load would give.
    public static func loadChanged(
        _ source: some FileSource, changedPaths: [String], index: some ResourceIndex, tenant: String? = nil
    ) throws -> ChangeResult {
        .changed(Delta())
    }
}
