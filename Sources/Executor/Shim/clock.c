// One virtual clock. It moves by a fixed step whenever it is read, and by the whole time-out wherever the guest would
// wait: nothing ever waits, and no reading depends on how fast the host is.
#include "determinism.h"

#include <sys/time.h>
#include <sys/times.h>

#define STEP 1000
// A machine that has been up for a while: zero would be a value that no real program meets.
#define UPTIME (1000 * SECOND)

static int64_t wall_at_start;
static int64_t used, waited;

void start_clock(int64_t wall) { wall_at_start = wall; }
int64_t logical_start(void) { return wall_at_start; }
int64_t used_by_reading(void) { return __atomic_add_fetch(&used, STEP, __ATOMIC_RELAXED); }
int64_t elapsed_by_reading(void) { return used_by_reading() + __atomic_load_n(&waited, __ATOMIC_RELAXED); }
void let_pass(int64_t nanoseconds) {
    if (nanoseconds > 0) __atomic_add_fetch(&waited, nanoseconds, __ATOMIC_RELAXED);
}

// What is added to the elapsed time to read that clock; NO_CLOCK where there is none.
#define NO_CLOCK (-1)
#define CPU_CLOCK (-2)
static int64_t origin(clockid_t clock) {
    switch (clock) {
    case CLOCK_REALTIME: case CLOCK_REALTIME_COARSE: case CLOCK_TAI: case CLOCK_REALTIME_ALARM:
        return wall_at_start;
    case CLOCK_MONOTONIC: case CLOCK_MONOTONIC_RAW: case CLOCK_MONOTONIC_COARSE: case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return UPTIME;
    case CLOCK_PROCESS_CPUTIME_ID: case CLOCK_THREAD_CPUTIME_ID:
        return CPU_CLOCK;
    default:
        return clock < 0 ? CPU_CLOCK : NO_CLOCK;  // negative: the CPU clock of some process or thread
    }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t base = origin(clock);
    if (base == NO_CLOCK) { errno = EINVAL; return -1; }
    *time = timespec_of(base == CPU_CLOCK ? used_by_reading() : base + elapsed_by_reading());
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution) {
    if (origin(clock) == NO_CLOCK) { errno = EINVAL; return -1; }
    if (resolution != NULL) *resolution = timespec_of(STEP);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    int64_t now = wall_at_start + elapsed_by_reading();
    *time = (struct timeval){.tv_sec = now / SECOND, .tv_usec = now % SECOND / 1000};
    return 0;
}

time_t time(time_t *result) {
    time_t now = (wall_at_start + elapsed_by_reading()) / SECOND;
    if (result != NULL) *result = now;
    return now;
}

int timespec_get(struct timespec *time, int base) {
    if (base != TIME_UTC) return 0;
    clock_gettime(CLOCK_REALTIME, time);
    return base;
}

clock_t clock(void) { return used_by_reading() / (SECOND / CLOCKS_PER_SEC); }

clock_t times(struct tms *used) {
    clock_t now = elapsed_by_reading() / (SECOND / 100);
    if (used != NULL) *used = (struct tms){.tms_utime = used_by_reading() / (SECOND / 100)};
    return now;
}

static void pass_until(clockid_t clock, const struct timespec *deadline) {
    int64_t base = origin(clock);
    let_pass(nanoseconds_of(deadline) - (base < 0 ? 0 : base) - elapsed_by_reading());
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest) {
    if (time->tv_nsec < 0 || time->tv_nsec >= SECOND || time->tv_sec < 0 || origin(clock) < 0) return EINVAL;
    if (flags & TIMER_ABSTIME) {
        pass_until(clock, time);
    } else {
        let_pass(nanoseconds_of(time));
        if (rest != NULL) *rest = (struct timespec){0};
    }
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest) {
    int failed = clock_nanosleep(CLOCK_REALTIME, 0, time, rest);
    if (failed) errno = failed;
    return failed ? -1 : 0;
}

int usleep(unsigned microseconds) { let_pass(microseconds * 1000LL); return 0; }
unsigned sleep(unsigned seconds) { let_pass(seconds * SECOND); return 0; }

// Waiting for another thread: there is none, so what is not there now will not come before the deadline.

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline) {
    if (sem_trywait(semaphore) == 0) return 0;
    pass_until(clock, deadline);
    errno = ETIMEDOUT;
    return -1;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    return sem_clockwait(semaphore, CLOCK_REALTIME, deadline);
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline) {
    if (pthread_mutex_trylock(mutex) == 0) return 0;
    pass_until(clock, deadline);
    return ETIMEDOUT;
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, deadline);
}

int pthread_cond_clockwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline) {
    (void)condition;
    pthread_mutex_unlock(mutex);
    sched_yield();
    pthread_mutex_lock(mutex);
    pass_until(clock, deadline);
    return ETIMEDOUT;
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    // The clock of a condition is not readable: the deadline lies near one of the two.
    clockid_t clock = deadline->tv_sec > logical_start() / SECOND / 2 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    return pthread_cond_clockwait(condition, mutex, clock, deadline);
}
