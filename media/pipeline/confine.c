/* Fewer rights once everything needed is open: Landlock for files, a seccomp filter for the rest. */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "name this architecture for seccomp"
#endif

#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE_CALL(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, REFUSE)
#define X32_BIT 0x40000000u

/* Refuse what a taken-over decoder would want next; everything else is left to Landlock, limits and the process
 * boundary. */
static struct sock_filter rules[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, REFUSE),
        REFUSE_CALL(SYS_execve),
        REFUSE_CALL(SYS_execveat),
        REFUSE_CALL(SYS_ptrace),
        REFUSE_CALL(SYS_process_vm_readv),
        REFUSE_CALL(SYS_process_vm_writev),
        REFUSE_CALL(SYS_mount),
        REFUSE_CALL(SYS_unshare),
        REFUSE_CALL(SYS_setns),
        REFUSE_CALL(SYS_bpf),
        REFUSE_CALL(SYS_perf_event_open),
        REFUSE_CALL(SYS_keyctl),
        REFUSE_CALL(SYS_add_key),
        REFUSE_CALL(SYS_io_uring_setup),
        REFUSE_CALL(SYS_userfaultfd),
        REFUSE_CALL(SYS_kexec_load),
        REFUSE_CALL(SYS_init_module),
        REFUSE_CALL(SYS_finit_module),
        REFUSE_CALL(SYS_pidfd_getfd),
#define NETWORK_CALLS 4 /* from here on */
        REFUSE_CALL(SYS_connect),
        REFUSE_CALL(SYS_bind),
        REFUSE_CALL(SYS_listen),
        REFUSE_CALL(SYS_socket),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* The same without the network's: each call is two instructions, and the last instruction allows. */
static struct sock_filter online_rules[sizeof(rules) / sizeof(rules[0]) - 2 * NETWORK_CALLS];

/** Allow writing beneath one folder. */
static int allow(int rules_fd, const char *folder)
{
	struct landlock_path_beneath_attr beneath = {
	        .allowed_access =
	                LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG,
	        .parent_fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY),
	};
	int rc = 0;

	if (beneath.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, rules_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		rc = -errno;
	if (beneath.parent_fd >= 0)
		close(beneath.parent_fd);
	return rc;
}

/** Writing beneath these folders, or nowhere. A kernel without Landlock is no error: the filter and the limits still
 * stand. */
static int confine_files(const char *const *writable)
{
	uint64_t writes = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
	                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_EXECUTE;
	struct landlock_ruleset_attr attr = {.handled_access_fs = writes};
	int rules_fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0), rc = 0;

	if (rules_fd < 0)
		return 0;
	for (; writable && *writable && rc == 0; writable++)
		rc = allow(rules_fd, *writable);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, rules_fd, 0) < 0)
		rc = -errno;
	close(rules_fd);
	return rc;
}

static int confine(const char *const *writable, rlim_t files, struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = {(unsigned short)count, filter};
	struct rlimit none = {0, 0}, few = {files, files};
	int rc;

	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of write, not the end */
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &few);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	rc = confine_files(writable);
	if (rc < 0)
		return rc;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return errno == ENOSYS || errno == EINVAL ? 0 : -errno;
	return 0;
}

int pipeline_confine(const char *const *writable)
{
	return confine(writable, 256, rules, sizeof(rules) / sizeof(rules[0]));
}

int pipeline_confine_online(unsigned hosts)
{
	const size_t count = sizeof(online_rules) / sizeof(online_rules[0]);

	memcpy(online_rules, rules, (count - 1) * sizeof(rules[0]));
	online_rules[count - 1] = rules[sizeof(rules) / sizeof(rules[0]) - 1];
	return confine(NULL, 256 + 32 * (rlim_t)hosts, online_rules, count);
}
