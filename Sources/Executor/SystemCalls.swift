/// The names behind the system-call filter, by what they are for.
enum SystemCalls {
    static let allowed: [String] = files + memory + descriptors + identity + signals + process + ownSockets

    private static let files = [
        "open", "openat", "close", "close_range", "read", "pread64", "readv", "preadv", "write", "pwrite64", "writev",
        "pwritev", "lseek", "stat", "lstat", "fstat", "newfstatat", "access", "faccessat", "faccessat2", "readlink",
        "readlinkat", "getdents64", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
        "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate", "ftruncate",
        "fallocate", "fsync", "fdatasync", "flock", "chmod", "fchmod", "fchmodat", "utimensat", "umask", "sendfile",
        "copy_file_range", "fadvise64", "creat",
    ]
    private static let memory = [
        "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mincore", "msync",
    ]
    private static let descriptors = [
        "dup", "dup2", "dup3", "fcntl", "pipe", "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create",
        "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2",
    ]
    private static let identity = [
        "getpid", "gettid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid", "getegid",
        "getgroups", "getresuid", "getresgid", "getrlimit",
    ]
    private static let signals = [
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "sigaltstack", "kill",
        "tgkill", "tkill", "restart_syscall",
    ]
    /// `execve` starts the interpreter; the shim denies it from there on. `wait4` is what the sandbox's first process does.
    private static let process = [
        "execve", "exit", "exit_group", "wait4", "waitid", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
        "futex", "sched_yield", "seccomp",
    ]
    /// On sockets of a pair: no other can be made.
    private static let ownSockets = [
        "sendto", "recvfrom", "sendmsg", "recvmsg", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
    ]

    /// Refused with `EPERM` and not with `ENOSYS`, so that the error at the line says what it is: not permitted.
    static let denied: [String] =
        sockets + otherProcesses + powers + clocks

    private static let sockets = ["socket", "connect", "bind", "listen", "accept", "accept4", "sendmmsg", "recvmmsg"]
    private static let otherProcesses = [
        "fork", "vfork", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
        "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp", "setpgid", "setsid", "setns", "unshare", "personality",
        "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "setpriority", "ioprio_set",
        "setrlimit", "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "semget", "semop", "semctl", "msgget",
        "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink",
    ]
    private static let powers = [
        "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
        "mount_setattr", "mknod", "mknodat", "swapon", "swapoff", "reboot", "kexec_load", "kexec_file_load",
        "init_module", "finit_module", "delete_module", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
        "io_uring_enter", "io_uring_register", "add_key", "request_key", "keyctl", "fanotify_init", "inotify_init",
        "inotify_init1", "inotify_add_watch", "name_to_handle_at", "open_by_handle_at", "quotactl", "acct", "syslog",
        "iopl", "ioperm", "sethostname", "setdomainname", "setuid", "setgid", "setreuid", "setregid", "setresuid",
        "setresgid", "setgroups", "setfsuid", "setfsgid", "capset", "chown", "fchown", "lchown", "fchownat", "setxattr",
        "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "landlock_create_ruleset",
    ]
    /// The host's real clock, chance and measure: the shim answers for them, and what goes around the shim ends here.
    private static let clocks = [
        "clock_gettime", "clock_getres", "clock_settime", "clock_adjtime", "adjtimex", "gettimeofday", "settimeofday",
        "time", "times", "nanosleep", "clock_nanosleep", "getitimer", "setitimer", "alarm", "timer_create",
        "timer_settime", "timer_gettime", "timerfd_create", "timerfd_settime", "getrandom", "getrusage", "sysinfo",
        "uname", "statfs", "fstatfs", "sched_getaffinity", "getcpu", "getpriority",
    ]
}
