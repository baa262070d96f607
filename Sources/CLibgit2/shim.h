#include <git2.h>

/* Swift does not import C variadics: one inline function for each option that is used. */
static inline int assay_git_enable_fsync(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}
