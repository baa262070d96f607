// Addresses. Python orders sets of objects by where they lie, and where the kernel puts a mapping depends on its version and on
// the file system of the libraries that were mapped before. So anonymous mappings get addresses of ours, in order of
// asking, and the C library's own allocator takes no mappings: its heap starts behind the program.
#include "determinism.h"

#include <malloc.h>
#include <sys/mman.h>

// Far from program, heap, libraries and stack on all 64-bit layouts with 47 bits and more.
#define FIRST 0x200000000000UL
#define BLOCK (1UL << 20)
#define PAGE 4096UL

static uintptr_t next_address = FIRST;

// Larger mappings start on a megabyte: Python's own blocks are that large and cheaper when aligned.
static void *place_for(size_t length) {
    size_t align = length >= BLOCK ? BLOCK : PAGE;
    uintptr_t at, after;
    do {
        at = __atomic_load_n(&next_address, __ATOMIC_RELAXED);
        after = (at + align - 1) / align * align + (length + PAGE - 1) / PAGE * PAGE;
    } while (!__atomic_compare_exchange_n(&next_address, &at, after, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return (void *)(after - (length + PAGE - 1) / PAGE * PAGE);
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (address == NULL && (flags & MAP_ANONYMOUS) && !(flags & MAP_GROWSDOWN) && length > 0 && length < FIRST) {
        void *place = place_for(length);
        void *mapped = REAL(mmap)(place, length, protection, flags | MAP_FIXED_NOREPLACE, descriptor, offset);
        if (mapped != MAP_FAILED || errno != EEXIST) return mapped;
    }
    return REAL(mmap)(address, length, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
    __attribute__((alias("mmap")));

__attribute__((constructor)) static void keep_to_the_heap(void) { mallopt(M_MMAP_MAX, 0); }
