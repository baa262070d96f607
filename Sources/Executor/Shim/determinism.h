// The determinism shim: a library preloaded into the guest that stands between it and clock, chance and host.
//
// It replaces functions of the C library, so it covers everything that asks through libc. What bypasses libc meets the
// system-call filter. One process, one thread: the filter denies others, yet counters are atomic in case policy allows
// threads one day.
#ifndef ASSAY_DETERMINISM_H
#define ASSAY_DETERMINISM_H

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SECOND 1000000000LL

// The C library's own function behind the one that is replaced.
#define REAL(name)                                                                                                     \
    ({                                                                                                                 \
        static __typeof__(&name) found;                                                                                \
        if (found == NULL) found = (__typeof__(&name))real_function(#name);                                            \
        found;                                                                                                         \
    })
void *real_function(const char *name);

// Nanoseconds since 1970 at the start of the run: the run's logical time.
int64_t logical_start(void);
// Nanoseconds of virtual time since then; every call moves it by one microsecond.
int64_t elapsed_by_reading(void);
// The part of it that the program used itself: what it waited for is left out.
int64_t used_by_reading(void);
// Lets virtual time pass without waiting.
void let_pass(int64_t nanoseconds);

void seed_chance(const uint64_t seed[4]);
void start_clock(int64_t wall);
// Folders are listed in another order than by name from here on; one for each seed.
void mix_folders(uint64_t seed);
void fill_with_chance(void *buffer, size_t length);

static inline struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND};
}
static inline int64_t nanoseconds_of(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }

#endif
