// The wall clock of one process, which can be set while it runs: preloaded into the daemon by clock.py.
//
// libfaketime 0.9.10 does it too, but takes every timerfd for one of the wall clock: with a clock that is ahead, no timer
// of Swift's tasks (they count CLOCK_BOOTTIME) ever fires. Here everything but the wall clock stays as it is.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_descriptors = 65536 };

/// Seconds by which the clock is ahead; whoever sets it writes the file.
static const volatile int64_t *offset;
/// Timers of the wall clock, by descriptor.
static volatile char is_wall[most_descriptors];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CHAOS_CLOCK");
    int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) abort();
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) abort();
    close(descriptor);
    offset = mapped;
}

static int64_t ahead(void) { return offset ? *offset : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int code = (int)syscall(SYS_gettimeofday, now, zone);
    if (code == 0) now->tv_sec += ahead();
    return code;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int timerfd_create(int clock, int flags) {
    int descriptor = (int)syscall(SYS_timerfd_create, clock, flags);
    if (descriptor >= 0 && descriptor < most_descriptors) is_wall[descriptor] = clock == CLOCK_REALTIME;
    return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
    struct itimerspec real = *wanted;
    int is_set = real.it_value.tv_sec || real.it_value.tv_nsec;
    if (is_set && flags & TFD_TIMER_ABSTIME && descriptor < most_descriptors && is_wall[descriptor]) {
        real.it_value.tv_sec -= ahead();
        // A moment before 1970 is one that has come.
        if (real.it_value.tv_sec < 0) real.it_value = (struct timespec){0, 1};
    }
    return (int)syscall(SYS_timerfd_settime, descriptor, flags, &real, before);
}
