/*
 * Records what a process asks of its disk, for test/crash/power-cut.ts: preloaded, it passes every call on and writes down those that
 * change files below POWER_CUT_ROOT, in one order over all threads, to POWER_CUT_LOG. It changes nothing itself.
 *
 * A record is a header of four native 64-bit numbers (operation, file, offset, length) and `length` bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NAME = 1, CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, RENAME, REMOVE, LINK };

#define MOST_FDS 4096
static int64_t id_of_fd[MOST_FDS];
static char fd_is_folder[MOST_FDS];
static int64_t next_id = 1;
static int log_fd = -1;
static char root[4096];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);

static void begin(void) {
  if (log_fd >= 0) return;
  real_write = dlsym(RTLD_NEXT, "write");
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  const char *given = getenv("POWER_CUT_ROOT"), *log_path = getenv("POWER_CUT_LOG");
  if (!given || !log_path) _exit(97);
  strncpy(root, given, sizeof root - 1);
  root_length = strlen(root);
  log_fd = real_open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log_fd < 0) _exit(98);
}

static void all(const void *bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = real_write(log_fd, (const char *)bytes + done, length - done);
    if (n <= 0) _exit(99);
    done += (size_t)n;
  }
}

static void record(int64_t operation, int64_t file, int64_t offset, const void *bytes, size_t length) {
  int64_t header[4] = {operation, file, offset, (int64_t)length};
  all(header, sizeof header);
  all(bytes, length);
}

static int is_ours(const char *path) { return path && strncmp(path, root, root_length) == 0; }
static int64_t id(int fd) { return fd >= 0 && fd < MOST_FDS ? id_of_fd[fd] : 0; }

static int opened(int fd, const char *path, int existed) {
  if (fd < 0 || fd >= MOST_FDS) return fd;
  id_of_fd[fd] = 0;
  if (!is_ours(path)) return fd;
  struct stat found;
  int saved = errno;
  if (fstat(fd, &found) == 0) {
    fd_is_folder[fd] = S_ISDIR(found.st_mode);
    id_of_fd[fd] = next_id++;
    record(NAME, id_of_fd[fd], 0, path, strlen(path));
    if (!existed) record(CREATE, id_of_fd[fd], 0, "", 0);
  }
  errno = saved;
  return fd;
}

static int open_any(const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  begin();
  struct stat found;
  int existed = stat(path, &found) == 0;
  int fd = opened(real_open(path, flags, mode), path, existed);
  if (fd >= 0 && (flags & O_TRUNC) && existed && id(fd)) record(TRUNCATE, id(fd), 0, "", 0);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list args; va_start(args, flags); mode = va_arg(args, mode_t); va_end(args); }
int open(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags, mode); }

int close(int fd) {
  pthread_mutex_lock(&lock);
  begin();
  if (fd >= 0 && fd < MOST_FDS) id_of_fd[fd] = 0;
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

/* Every call below: the real one first, then the record of what it did. */
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define PASS(result, call, then) pthread_mutex_lock(&lock); begin(); result = call; if (result >= 0) { int saved = errno; then; errno = saved; } pthread_mutex_unlock(&lock); return result

static int64_t here(int fd) { return (int64_t)lseek(fd, 0, SEEK_CUR); }
/* A file opened for appending writes at its end, which is where it stands afterwards. */
ssize_t write(int fd, const void *bytes, size_t length) {
  ssize_t n;
  PASS(n, real_write(fd, bytes, length), if (id(fd) && n > 0) record(WRITE, id(fd), here(fd) - n, bytes, (size_t)n));
}
static ssize_t written_at(int fd, const void *bytes, ssize_t n, int64_t offset) {
  if (id(fd) && n > 0) record(WRITE, id(fd), offset, bytes, (size_t)n);
  return n;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  ssize_t n;
  PASS(n, real(fd, bytes, length, offset), written_at(fd, bytes, n, offset));
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  ssize_t n;
  PASS(n, real(fd, bytes, length, offset), written_at(fd, bytes, n, offset));
}
static void vector_at(int fd, const struct iovec *parts, int count, ssize_t n, int64_t offset) {
  for (int at = 0; at < count && n > 0; at++) {
    ssize_t part = n < (ssize_t)parts[at].iov_len ? n : (ssize_t)parts[at].iov_len;
    written_at(fd, parts[at].iov_base, part, offset);
    offset += part;
    n -= part;
  }
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  ssize_t n;
  PASS(n, real(fd, parts, count), if (id(fd)) vector_at(fd, parts, count, n, here(fd) - n));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
  ssize_t n;
  PASS(n, real(fd, parts, count, offset), if (id(fd)) vector_at(fd, parts, count, n, offset));
}
#define TRUNCATED if (id(fd)) record(TRUNCATE, id(fd), length, "", 0)
int ftruncate(int fd, off_t length) { REAL(int, "ftruncate", int, off_t); int n; PASS(n, real(fd, length), TRUNCATED); }
int ftruncate64(int fd, off64_t length) { REAL(int, "ftruncate64", int, off64_t); int n; PASS(n, real(fd, length), TRUNCATED); }
#define SYNCED if (id(fd)) record(fd_is_folder[fd] ? SYNC_FOLDER : SYNC, id(fd), 0, "", 0)
int fsync(int fd) { REAL(int, "fsync", int); int n; PASS(n, real(fd), SYNCED); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); int n; PASS(n, real(fd), SYNCED); }

static void moved(int64_t operation, const char *from, const char *to) {
  if (!is_ours(from) && !is_ours(to)) return;
  char names[8192];
  int length = snprintf(names, sizeof names, "%s%c%s", from, '\n', to);
  record(operation, 0, 0, names, (size_t)length);
}
int rename(const char *from, const char *to) { REAL(int, "rename", const char *, const char *); int n; PASS(n, real(from, to), moved(RENAME, from, to)); }
int unlink(const char *path) { REAL(int, "unlink", const char *); int n; PASS(n, real(path), moved(REMOVE, path, "")); }
int link(const char *from, const char *to) { REAL(int, "link", const char *, const char *); int n; PASS(n, real(from, to), moved(LINK, from, to)); }
