// Takes the settings out of the environment before the guest can see them, and closes the door behind the start.
#include "determinism.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void *real_function(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        fprintf(stderr, "determinism: the C library has no %s\n", name);
        _exit(86);
    }
    return found;
}

static void refuse(const char *why) {
    fprintf(stderr, "determinism: %s\n", why);
    _exit(86);
}

// `<nanoseconds since 1970, 20 digits>:<seed, 64 hexadecimal digits>`; a fixed width keeps addresses on the stack equal.
static void read_settings(const char *settings) {
    if (settings == NULL || strlen(settings) != 85 || settings[20] != ':') refuse("the settings are missing or malformed");
    char *end;
    int64_t wall = strtoll(settings, &end, 10);
    if (end != settings + 20) refuse("the time is not 20 digits");
    uint64_t seed[4];
    for (int i = 0; i < 4; i++) {
        char word[17] = {0};
        memcpy(word, settings + 21 + 16 * i, 16);
        seed[i] = strtoull(word, &end, 16);
        if (end != word + 16) refuse("the seed is not 64 hexadecimal digits");
    }
    start_clock(wall);
    seed_chance(seed);
}

// Only where a scenario checks that the order of folders does not matter: 16 hexadecimal digits.
static void read_folder_order(const char *order) {
    char *end;
    uint64_t seed = strtoull(order, &end, 16);
    if (strlen(order) != 16 || *end != 0 || seed == 0) refuse("the order of folders is not 16 hexadecimal digits");
    mix_folders(seed);
}

static void load_filter(struct sock_filter *instructions, size_t count) {
    struct sock_fprog program = {.len = (unsigned short)count, .filter = instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        refuse("the system-call filter cannot be loaded");
}

// Without bubblewrap nobody has loaded the filter that denies sockets and processes: the host hands it over here.
static void load_filter_of_host(const char *descriptor) {
    static struct sock_filter instructions[4096];
    int fd = atoi(descriptor);
    size_t length = 0;
    ssize_t count;
    while ((count = read(fd, (char *)instructions + length, sizeof instructions - length)) > 0) length += (size_t)count;
    if (length == 0 || length % sizeof(struct sock_filter) != 0) refuse("the system-call filter is unreadable");
    close(fd);
    load_filter(instructions, length / sizeof(struct sock_filter));
}

// The filter that was loaded before the start had to let the interpreter be started. From here on nothing is: a second
// program would run without this library.
static void deny_other_programs(void) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    load_filter(instructions, sizeof instructions / sizeof *instructions);
}

__attribute__((constructor)) static void start(void) {
    read_settings(getenv("ASSAY_DETERMINISM"));
    const char *order = getenv("ASSAY_FOLDER_ORDER"), *descriptor = getenv("ASSAY_FILTER");
    if (order != NULL) read_folder_order(order);
    if (descriptor != NULL) load_filter_of_host(descriptor);
    deny_other_programs();
    unsetenv("ASSAY_DETERMINISM");
    unsetenv("ASSAY_FOLDER_ORDER");
    unsetenv("ASSAY_FILTER");
    unsetenv("GLIBC_TUNABLES");
    unsetenv("LD_PRELOAD");
}
