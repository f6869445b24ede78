// Counts the allocations of any program it is preloaded into (LD_PRELOAD=liballoc_count.so).
//
// The counters stand in the file that ALLOC_COUNT_FILE names, mapped and shared: whoever measures
// reads them at any moment without disturbing the program, and forked workers add to the same ones.
// `operator new` of libstdc++ calls malloc, so it is counted too. The file holds two 64-bit
// integers in the machine's byte order: allocations, and the bytes they asked for.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

// glibc's own allocator under the names it keeps for programs that replace malloc.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

struct Counters {
    std::atomic<std::uint64_t> allocations;
    std::atomic<std::uint64_t> bytes;
};

Counters before_the_file;  // takes what is allocated before the constructor below has run
std::atomic<Counters*> counters{&before_the_file};

void count(std::size_t bytes) {
    Counters* current = counters.load(std::memory_order_relaxed);
    current->allocations.fetch_add(1, std::memory_order_relaxed);
    current->bytes.fetch_add(bytes, std::memory_order_relaxed);
}

__attribute__((constructor)) void share_counters() {
    const char* path = std::getenv("ALLOC_COUNT_FILE");
    if (path == nullptr) {
        return;
    }
    const int fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, sizeof(Counters)) != 0) {
        return;
    }
    void* memory = ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory != MAP_FAILED) {
        counters.store(static_cast<Counters*>(memory));
    }
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
    count(size);
    return __libc_malloc(size);
}

void* calloc(std::size_t members, std::size_t size) {
    count(members * size);
    return __libc_calloc(members, size);
}

void* realloc(void* block, std::size_t size) {
    count(size);
    return __libc_realloc(block, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
    count(size);
    *block = __libc_memalign(alignment, size);
    return *block == nullptr ? ENOMEM : 0;
}
}
