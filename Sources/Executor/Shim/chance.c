// Chance: one stream from the run's key, whoever asks for it.
#include "determinism.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <unistd.h>

// xoshiro256**: small and even. Secrecy is not wanted: whoever replays the run must get the same stream.
static uint64_t state[4];
static unsigned char start_bytes[16];

static uint64_t rotated(uint64_t word, int by) { return word << by | word >> (64 - by); }

static uint64_t next(void) {
    uint64_t result = rotated(state[1] * 5, 7) * 9, shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotated(state[3], 45);
    return result;
}

void fill_with_chance(void *buffer, size_t length) {
    for (unsigned char *at = buffer; length > 0;) {
        uint64_t word = next();
        size_t count = length < 8 ? length : 8;
        memcpy(at, &word, count);
        at += count;
        length -= count;
    }
}

void seed_chance(const uint64_t seed[4]) {
    memcpy(state, seed, sizeof state);
    state[0] |= (seed[0] | seed[1] | seed[2] | seed[3]) == 0;  // all zeros would give zeros for ever
    fill_with_chance(start_bytes, sizeof start_bytes);
}

ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
    (void)flags;
    fill_with_chance(buffer, length);
    return (ssize_t)length;
}

int getentropy(void *buffer, size_t length) {
    if (length > 256) { errno = EIO; return -1; }
    fill_with_chance(buffer, length);
    return 0;
}

uint32_t arc4random(void) { return (uint32_t)next(); }
void arc4random_buf(void *buffer, size_t length) { fill_with_chance(buffer, length); }
uint32_t arc4random_uniform(uint32_t bound) { return bound < 2 ? 0 : (uint32_t)(((next() >> 32) * bound) >> 32); }

// The kernel puts sixteen random bytes beside every new program.
unsigned long getauxval(unsigned long type) {
    return type == AT_RANDOM ? (unsigned long)start_bytes : REAL(getauxval)(type);
}

// Reading the random devices: the descriptor is /dev/null's, marked so that reads are filled from the stream.

#define MARKED 1024
static unsigned char marked[MARKED];

static int is_random_device(const char *path) {
    return path != NULL && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    if (!is_random_device(path)) return REAL(openat)(folder, path, flags, mode);
    int descriptor = REAL(openat)(folder, "/dev/null", flags & ~(O_CREAT | O_EXCL), 0);
    if (descriptor >= MARKED) { close(descriptor); errno = EMFILE; return -1; }
    if (descriptor >= 0) marked[descriptor] = 1;
    return descriptor;
}

static mode_t mode_argument(int flags, va_list arguments) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPENING(name, folder, ...)                                                                                     \
    int name(__VA_ARGS__, int flags, ...) {                                                                            \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode_t mode = mode_argument(flags, arguments);                                                                 \
        va_end(arguments);                                                                                             \
        return open_at(folder, path, flags, mode);                                                                     \
    }
OPENING(open, AT_FDCWD, const char *path)
OPENING(open64, AT_FDCWD, const char *path)
OPENING(openat, folder, int folder, const char *path)
OPENING(openat64, folder, int folder, const char *path)
int __open_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return open_at(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) { return open_at(folder, path, flags, 0); }

ssize_t read(int descriptor, void *buffer, size_t length) {
    if (descriptor >= 0 && descriptor < MARKED && marked[descriptor]) return getrandom(buffer, length, 0);
    return REAL(read)(descriptor, buffer, length);
}

ssize_t __read_chk(int descriptor, void *buffer, size_t length, size_t room) {
    if (length > room) abort();
    return read(descriptor, buffer, length);
}

int close(int descriptor) {
    if (descriptor >= 0 && descriptor < MARKED) marked[descriptor] = 0;
    return REAL(close)(descriptor);
}

static ssize_t read_stream(void *cookie, char *buffer, size_t length) {
    (void)cookie;
    return getrandom(buffer, length, 0);
}

FILE *fopen(const char *restrict path, const char *restrict mode) {
    if (!is_random_device(path)) return REAL(fopen)(path, mode);
    return fopencookie(NULL, mode, (cookie_io_functions_t){.read = read_stream});
}
FILE *fopen64(const char *restrict path, const char *restrict mode) { return fopen(path, mode); }
