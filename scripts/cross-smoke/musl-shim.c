/* What the libstdc++ and libgcc_s of a glibc system want and musl lacks: enough to start a musl build with them.
   Destructors of ending threads do not run. */
#include <stddef.h>

typedef void *locale;
struct tm;

long getrandom(void *, size_t, unsigned);
size_t strftime_l(char *, size_t, const char *, const struct tm *, locale);

unsigned arc4random(void) {
  unsigned word = 4;
  getrandom(&word, sizeof word, 0);
  return word;
}

size_t __strftime_l(char *to, size_t size, const char *format, const struct tm *time, locale in) {
  return strftime_l(to, size, format, time, in);
}

int __cxa_thread_atexit_impl(void (*end)(void *), void *object, void *dso) {
  (void)end, (void)object, (void)dso;
  return 0;
}

int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

int __cpu_indicator_init(void) { return 0; }

char __libc_single_threaded = 0;
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;
