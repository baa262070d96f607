// Files as the guest sees them: listed in bytewise order, with no trace of the disk that holds them.
#include "determinism.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Inode numbers by order of first sight: equal files stay equal (`samefile`), the disk's numbers do not show.

static struct sighting { uint64_t device, inode; } *sightings;
static uint64_t *slots, seen, capacity;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t slot_of(uint64_t device, uint64_t inode) {
    uint64_t at = (inode * 0x9E3779B97F4A7C15ULL ^ device * 0xC2B2AE3D27D4EB4FULL) & (capacity - 1);
    while (slots[at] != 0) {
        struct sighting *other = &sightings[slots[at] - 1];
        if (other->device == device && other->inode == inode) break;
        at = (at + 1) & (capacity - 1);
    }
    return at;
}

static void grow(void) {
    uint64_t larger = capacity ? capacity * 2 : 1024;
    free(slots);
    slots = calloc(larger, sizeof *slots);
    sightings = realloc(sightings, larger / 2 * sizeof *sightings);
    if (slots == NULL || sightings == NULL) abort();
    capacity = larger;
    for (uint64_t i = 0; i < seen; i++) slots[slot_of(sightings[i].device, sightings[i].inode)] = i + 1;
}

static uint64_t number_of(uint64_t device, uint64_t inode) {
    pthread_mutex_lock(&lock);
    if (seen * 2 >= capacity) grow();
    uint64_t at = slot_of(device, inode);
    if (slots[at] == 0) {
        sightings[seen++] = (struct sighting){device, inode};
        slots[at] = seen;
    }
    uint64_t number = slots[at];
    pthread_mutex_unlock(&lock);
    return number;
}

// Times are the run's logical time: the archive formats refuse 1970, and a runbook's own files are made "now" anyway.
static int plain(int result, struct stat *status) {
    if (result != 0) return result;
    struct timespec start = timespec_of(logical_start());
    status->st_ino = number_of(status->st_dev, status->st_ino);
    status->st_dev = 1;
    status->st_nlink = 1;
    status->st_uid = status->st_gid = 1000;
    status->st_blksize = 4096;
    if (S_ISDIR(status->st_mode)) status->st_size = 4096;
    status->st_blocks = (status->st_size + 511) / 512;
    status->st_atim = status->st_mtim = status->st_ctim = start;
    return 0;
}

int fstatat(int folder, const char *restrict path, struct stat *restrict status, int flags) {
    return plain(REAL(fstatat)(folder, path, status, flags), status);
}
int fstat(int descriptor, struct stat *status) { return plain(REAL(fstat)(descriptor, status), status); }
int stat(const char *restrict path, struct stat *restrict status) { return fstatat(AT_FDCWD, path, status, 0); }
int lstat(const char *restrict path, struct stat *restrict status) {
    return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

// The same under the names that programs built for large files or for an older C library use; one layout on 64 bits.
#define SAME(name) __attribute__((alias(#name)))
int fstatat64(int folder, const char *restrict path, struct stat64 *restrict status, int flags) SAME(fstatat);
int fstat64(int descriptor, struct stat64 *status) SAME(fstat);
int stat64(const char *restrict path, struct stat64 *restrict status) SAME(stat);
int lstat64(const char *restrict path, struct stat64 *restrict status) SAME(lstat);
int __xstat(int version, const char *path, struct stat *status) { (void)version; return stat(path, status); }
int __lxstat(int version, const char *path, struct stat *status) { (void)version; return lstat(path, status); }
int __fxstat(int version, int descriptor, struct stat *status) { (void)version; return fstat(descriptor, status); }
int __fxstatat(int version, int folder, const char *path, struct stat *status, int flags) {
    (void)version;
    return fstatat(folder, path, status, flags);
}
int __xstat64(int version, const char *path, struct stat *status) SAME(__xstat);
int __lxstat64(int version, const char *path, struct stat *status) SAME(__lxstat);
int __fxstat64(int version, int descriptor, struct stat *status) SAME(__fxstat);
int __fxstatat64(int version, int folder, const char *path, struct stat *status, int flags) SAME(__fxstatat);

// Folders are read whole at the first `readdir` and handed out sorted.

struct listing {
    struct listing *next;
    DIR *folder;
    struct dirent *entries;
    size_t count, position;
};
static struct listing *listings;

static struct listing **place_of(DIR *folder) {
    struct listing **at = &listings;
    while (*at != NULL && (*at)->folder != folder) at = &(*at)->next;
    return at;
}

static void forget(DIR *folder) {
    struct listing **at = place_of(folder), *gone = *at;
    if (gone == NULL) return;
    *at = gone->next;
    free(gone->entries);
    free(gone);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct dirent *)a)->d_name, ((const struct dirent *)b)->d_name);
}

// Another order than by name, for scenarios: a program that leans on the order of a folder then shows it.

static uint64_t mixing;
void mix_folders(uint64_t seed) { mixing = seed; }

// FNV-1a over the name, and the finish of MurmurHash3, so that names that differ in one letter lie apart.
static uint64_t rank(const char *name) {
    uint64_t hash = mixing ^ 0xCBF29CE484222325ULL;
    for (; *name != 0; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001B3ULL;
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDULL;
    return hash ^ hash >> 33;
}

static int by_rank(const void *a, const void *b) {
    uint64_t left = rank(((const struct dirent *)a)->d_name), right = rank(((const struct dirent *)b)->d_name);
    return left < right ? -1 : left > right ? 1 : by_name(a, b);
}

// Programs leave out `.` and `..`, so these say nothing about the order.
static int is_by_name(const struct listing *list) {
    const struct dirent *before = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct dirent *entry = &list->entries[i];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (before != NULL && by_name(before, entry) > 0) return 0;
        before = entry;
    }
    return 1;
}

static void put_in_order(struct listing *list) {
    if (list->count < 2) return;
    qsort(list->entries, list->count, sizeof *list->entries, mixing == 0 ? by_name : by_rank);
    if (mixing == 0 || !is_by_name(list)) return;
    for (size_t i = 0, j = list->count - 1; i < j; i++, j--) {
        struct dirent entry = list->entries[i];
        list->entries[i] = list->entries[j];
        list->entries[j] = entry;
    }
}

// Reads everything that is left; NULL with `errno` set where reading fails. One array and numbers given after sorting, so
// that neither the heap nor the numbers depend on the order that the disk has.
static struct listing *listed(DIR *folder) {
    struct listing **at = place_of(folder);
    if (*at != NULL) return *at;
    struct listing *list = calloc(1, sizeof *list);
    if (list == NULL) return NULL;
    *list = (struct listing){.next = listings, .folder = folder};
    listings = list;
    struct stat status;
    uint64_t device = REAL(fstat)(dirfd(folder), &status) == 0 ? status.st_dev : 0;
    size_t room = 0;
    struct dirent *entry;
    for (errno = 0; (entry = REAL(readdir)(folder)) != NULL; errno = 0) {
        if (list->count == room) {
            room = room ? room * 2 : 64;
            list->entries = realloc(list->entries, room * sizeof *list->entries);
            if (list->entries == NULL) abort();
        }
        struct dirent *copy = &list->entries[list->count++];
        memcpy(copy, entry, entry->d_reclen < sizeof *copy ? entry->d_reclen : sizeof *copy);
    }
    if (errno != 0) {
        int failure = errno;
        forget(folder);
        errno = failure;
        return NULL;
    }
    put_in_order(list);
    for (size_t i = 0; i < list->count; i++) {
        list->entries[i].d_off = (off_t)i + 1;
        list->entries[i].d_ino = number_of(device, list->entries[i].d_ino);
    }
    return list;
}

struct dirent *readdir(DIR *folder) {
    int before = errno;
    struct listing *list = listed(folder);
    if (list == NULL) return NULL;
    errno = before;
    return list->position < list->count ? &list->entries[list->position++] : NULL;
}
struct dirent64 *readdir64(DIR *folder) SAME(readdir);

void rewinddir(DIR *folder) {
    forget(folder);
    REAL(rewinddir)(folder);
}
long telldir(DIR *folder) {
    struct listing *list = listed(folder);
    return list == NULL ? -1 : (long)list->position;
}
void seekdir(DIR *folder, long position) {
    struct listing *list = listed(folder);
    if (list != NULL && position >= 0 && (size_t)position <= list->count) list->position = (size_t)position;
}
int closedir(DIR *folder) {
    forget(folder);
    return REAL(closedir)(folder);
}
