// Waiting for descriptors: what is ready is reported; where nothing is, the time-out passes at once.
#include "determinism.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define MILLISECOND 1000000LL

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    if (timeout < 0) return REAL(poll)(descriptors, count, -1);
    int ready = REAL(poll)(descriptors, count, 0);
    if (ready == 0) let_pass(timeout * MILLISECOND);
    return ready;
}

int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t length) {
    if (length / sizeof *descriptors < count) abort();
    return poll(descriptors, count, timeout);
}

int ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    if (timeout == NULL) return REAL(ppoll)(descriptors, count, NULL, mask);
    int ready = REAL(ppoll)(descriptors, count, &(struct timespec){0}, mask);
    if (ready == 0) let_pass(nanoseconds_of(timeout));
    return ready;
}

int pselect(
    int count, fd_set *restrict reading, fd_set *restrict writing, fd_set *restrict failing,
    const struct timespec *restrict timeout, const sigset_t *restrict mask) {
    if (timeout == NULL) return REAL(pselect)(count, reading, writing, failing, NULL, mask);
    int ready = REAL(pselect)(count, reading, writing, failing, &(struct timespec){0}, mask);
    if (ready == 0) let_pass(nanoseconds_of(timeout));
    return ready;
}

int select(
    int count, fd_set *restrict reading, fd_set *restrict writing, fd_set *restrict failing,
    struct timeval *restrict timeout) {
    if (timeout == NULL) return pselect(count, reading, writing, failing, NULL, NULL);
    struct timespec limit = {.tv_sec = timeout->tv_sec, .tv_nsec = timeout->tv_usec * 1000};
    return pselect(count, reading, writing, failing, &limit, NULL);
}

// The kernel reports ready descriptors in the order in which they became ready; the guest sees them sorted.
static int by_data(const void *a, const void *b) {
    uint64_t left = ((const struct epoll_event *)a)->data.u64, right = ((const struct epoll_event *)b)->data.u64;
    return left < right ? -1 : left > right;
}

int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout, const sigset_t *mask) {
    int ready = REAL(epoll_pwait)(epoll, events, count, timeout < 0 ? -1 : 0, mask);
    if (ready == 0) let_pass(timeout * MILLISECOND);
    if (ready > 1) qsort(events, (size_t)ready, sizeof *events, by_data);
    return ready;
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout) {
    return epoll_pwait(epoll, events, count, timeout, NULL);
}
