/* What a packet costs on its way from a host to viewers, on however many workers: no lock, and no memory from the heap.
 * Counted are the media engine's own calls and OpenSSL's memory; not libsrtp's, by which the host's packets come in.
 * The numbers that workers publish twice a second, under a lock, and the HMAC of connectivity checks have nothing to do
 * with packets and are left out. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <openssl/crypto.h>

#include "forward/directory.h"
#include "stage.h"
#include "transport/ice.h"

enum { VIEWERS = 8, PACKETS = 600 };

static atomic_bool counting;
static atomic_long allocations, locks;
static _Thread_local bool on_worker, aside; /**< only workers wait as they do */

static void note(atomic_long *count)
{
	if (on_worker && !aside && atomic_load(&counting))
		atomic_fetch_add(count, 1);
}

/* The linker has the engine's calls end here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *signals);
void __real_forward_directory_set_stats(struct forward_directory *d, size_t worker, const struct media_stats *stats);
void __real_forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                         const struct media_stream_stats *stats);
int __real_media_ice_check(struct media_ice *ice, const uint8_t *data, size_t len, const struct media_stun *m,
                           const struct media_path *from, int64_t now_us, uint8_t *out, size_t size, size_t *error_len,
                           bool *moved);
int __wrap_media_ice_check(struct media_ice *ice, const uint8_t *data, size_t len, const struct media_stun *m,
                           const struct media_path *from, int64_t now_us, uint8_t *out, size_t size, size_t *error_len,
                           bool *moved);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *signals);
void __wrap_forward_directory_set_stats(struct forward_directory *d, size_t worker, const struct media_stats *stats);
void __wrap_forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                         const struct media_stream_stats *stats);

void *__wrap_malloc(size_t size)
{
	note(&allocations);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	note(&allocations);
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	note(&allocations);
	return __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	note(&allocations);
	return __real_aligned_alloc(alignment, size);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	note(&locks);
	return __real_pthread_mutex_lock(mutex);
}

int __wrap_epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *signals)
{
	on_worker = true;
	return __real_epoll_pwait2(fd, events, count, timeout, signals);
}

void __wrap_forward_directory_set_stats(struct forward_directory *d, size_t worker, const struct media_stats *stats)
{
	aside = true;
	__real_forward_directory_set_stats(d, worker, stats);
	aside = false;
}

void __wrap_forward_directory_set_stream(struct forward_directory *d, struct forward_listed_stream *s,
                                         const struct media_stream_stats *stats)
{
	aside = true;
	__real_forward_directory_set_stream(d, s, stats);
	aside = false;
}

int __wrap_media_ice_check(struct media_ice *ice, const uint8_t *data, size_t len, const struct media_stun *m,
                           const struct media_path *from, int64_t now_us, uint8_t *out, size_t size, size_t *error_len,
                           bool *moved)
{
	aside = true;
	int n = __real_media_ice_check(ice, data, len, m, from, now_us, out, size, error_len, moved);
	aside = false;
	return n;
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	note(&allocations);
	return __real_malloc(size);
}

static void *openssl_realloc(void *old, size_t size, const char *file, int line)
{
	note(&allocations);
	return __real_realloc(old, size);
}

static void openssl_free(void *old, const char *file, int line)
{
	free(old);
}

static size_t delivered(struct stage_peer *const *viewers)
{
	size_t n = 0;
	for (int i = 0; i < VIEWERS; i++)
		n += viewers[i]->logs[SIM_VIDEO].count + viewers[i]->logs[SIM_AUDIO].count;
	return n;
}

static void packets_take_no_lock_and_no_memory(void **state)
{
	struct stage *stage = stage_open(NULL);
	struct stage_peer *viewers[VIEWERS];
	stage_host(stage, "show");
	for (int i = 0; i < VIEWERS; i++)
		viewers[i] = stage_viewer(stage, "show");
	for (int i = 0; i < VIEWERS; i++)
		stage_until_seen(viewers[i], SIM_VIDEO, 200);
	size_t before = delivered(viewers);
	atomic_store(&counting, true);
	stage_until_seen(viewers[0], SIM_VIDEO, PACKETS);
	atomic_store(&counting, false);
	assert_true(delivered(viewers) - before > VIEWERS * PACKETS * 3 / 4);
	assert_int_equal(atomic_load(&allocations), 0);
	assert_int_equal(atomic_load(&locks), 0);
	stage_close(stage);
}

/** The counting itself: a viewer who joins costs both. */
static void who_joins_takes_both(void **state)
{
	struct stage *stage = stage_open(NULL);
	stage_host(stage, "show");
	atomic_store(&counting, true);
	stage_until_seen(stage_viewer(stage, "show"), SIM_VIDEO, 10);
	atomic_store(&counting, false);
	assert_true(atomic_load(&allocations) > 0);
	assert_true(atomic_load(&locks) > 0);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(packets_take_no_lock_and_no_memory),
	        cmocka_unit_test(who_joins_takes_both),
	};
	if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
