#include <zlib.h>

/* A macro, which Swift does not import. */
static inline int assay_inflate_init(z_stream *stream) { return inflateInit(stream); }
