// The host as the guest sees it: one processor, one kernel release, one name, no load.
#include "determinism.h"

#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NODE "assay"
#define MEMORY_PAGES 262144L

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#else
#error "name the machine as uname does"
#endif

int uname(struct utsname *name) {
    memset(name, 0, sizeof *name);
    strcpy(name->sysname, "Linux");
    strcpy(name->nodename, NODE);
    strcpy(name->release, "6.1.0");
    strcpy(name->version, "#1 SMP");
    strcpy(name->machine, MACHINE);
    strcpy(name->domainname, "(none)");
    return 0;
}

int gethostname(char *name, size_t length) {
    if (length < sizeof NODE) { errno = ENAMETOOLONG; return -1; }
    strcpy(name, NODE);
    return 0;
}

int __gethostname_chk(char *name, size_t length, size_t room) {
    if (length > room) abort();
    return gethostname(name, length);
}

int get_nprocs(void) { return 1; }
int get_nprocs_conf(void) { return 1; }
long get_phys_pages(void) { return MEMORY_PAGES; }
long get_avphys_pages(void) { return MEMORY_PAGES; }
int sched_getcpu(void) { return 0; }

int getcpu(unsigned *cpu, unsigned *node) {
    if (cpu != NULL) *cpu = 0;
    if (node != NULL) *node = 0;
    return 0;
}

long sysconf(int name) {
    switch (name) {
    case _SC_NPROCESSORS_CONF: case _SC_NPROCESSORS_ONLN: return 1;
    case _SC_PHYS_PAGES: case _SC_AVPHYS_PAGES: return MEMORY_PAGES;
    case _SC_CHILD_MAX: return -1;
    case _SC_LEVEL1_ICACHE_SIZE ... _SC_LEVEL4_CACHE_LINESIZE: return 0;
    default: return REAL(sysconf)(name);
    }
}

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set) {
    (void)process;
    memset(set, 0, size);
    CPU_SET_S(0, size, set);
    return 0;
}

int getloadavg(double load[], int count) {
    for (int i = 0; i < count && i < 3; i++) load[i] = 0;
    return count < 3 ? count : 3;
}

int getrusage(__rusage_who_t who, struct rusage *usage) {
    memset(usage, 0, sizeof *usage);
    if (who != RUSAGE_CHILDREN) {
        int64_t used = used_by_reading();
        usage->ru_utime = (struct timeval){.tv_sec = used / SECOND, .tv_usec = used % SECOND / 1000};
    }
    return 0;
}

int sysinfo(struct sysinfo *info) {
    memset(info, 0, sizeof *info);
    info->uptime = 1000;
    info->totalram = info->freeram = MEMORY_PAGES * 4096UL;
    info->procs = 1;
    info->mem_unit = 1;
    return 0;
}

int getgroups(int room, gid_t groups[]) { (void)room; (void)groups; return 0; }
int getpriority(__priority_which_t which, id_t who) { (void)which; (void)who; return 0; }

// Limits that the sandbox sets are shown as they are; the others are whatever the host's service manager chose.
int getrlimit(__rlimit_resource_t resource, struct rlimit *limit) {
    switch ((int)resource) {
    case RLIMIT_AS: case RLIMIT_CORE: case RLIMIT_CPU: case RLIMIT_FSIZE: case RLIMIT_NOFILE: case RLIMIT_STACK:
        return REAL(getrlimit)(resource, limit);
    default:
        *limit = (struct rlimit){.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
        return 0;
    }
}
int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limit) {
    return getrlimit(resource, (struct rlimit *)limit);  // the two are one type on 64-bit machines
}

// The way around all of the above, for what Python's `ctypes` can reach.
long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    switch (number) {
    case SYS_clock_gettime: return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
    case SYS_gettimeofday: return gettimeofday((struct timeval *)a[0], NULL);
    case SYS_nanosleep: return nanosleep((struct timespec *)a[0], (struct timespec *)a[1]);
    case SYS_getrandom: return getrandom((void *)a[0], (size_t)a[1], (unsigned)a[2]);
    case SYS_uname: return uname((struct utsname *)a[0]);
    case SYS_sysinfo: return sysinfo((struct sysinfo *)a[0]);
    case SYS_getrusage: return getrusage((__rusage_who_t)a[0], (struct rusage *)a[1]);
    case SYS_times: return times((struct tms *)a[0]);
    case SYS_getcpu: return getcpu((unsigned *)a[0], (unsigned *)a[1]);
#ifdef SYS_time
    case SYS_time: return time((time_t *)a[0]);
#endif
    default: return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}
