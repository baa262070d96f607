// What glibc has and Swift's module of it hides: it is built without _GNU_SOURCE, which a shim cannot define without
// clashing with Dispatch. The declarations are those of <spawn.h> (glibc 2.35 and later) and pidfd_open(2).
#pragma once
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/types.h>

#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif

extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *actions, int terminal);
extern int pipe2(int ends[2], int flags);
extern long syscall(long number, ...);

static inline int assay_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
