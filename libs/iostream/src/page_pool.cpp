#include "page_pool.hpp"

#include <sys/mman.h>

#include <new>

namespace tornado::iostream {

PagePool::~PagePool() {
    closed_ = true;
    if (in_use_ != 0) {
        return;
    }
    for (auto* slab : slabs_) {
        ::munmap(slab, pages_per_slab * page_size);
    }
}

void* PagePool::take() {
    if (first_ != nullptr) {
        auto* page = first_;
        first_ = page->next;
        --ready_;
        ++in_use_;
        return page;
    }
    if (bare_.empty()) {
        add_slab();
    }
    auto* page = bare_.back();
    bare_.pop_back();
    ++in_use_;
    return page;
}

void PagePool::give_back(void* page) noexcept {
    --in_use_;
    if (closed_) {
        return;
    }
    if (ready_ < keep_ready_) {
        first_ = ::new (page) Node{first_};
        ++ready_;
        return;
    }
    ::madvise(page, page_size, MADV_DONTNEED);
    bare_.push_back(page);  // there is room: see add_slab()
}

void PagePool::add_slab() {
    slabs_.reserve(slabs_.size() + 1);
    bare_.reserve((slabs_.size() + 1) * pages_per_slab);
    void* slab = ::mmap(
        nullptr,
        pages_per_slab * page_size,
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS,
        -1,
        0
    );
    if (slab == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    slabs_.push_back(slab);
    for (std::size_t i = pages_per_slab; i-- > 0;) {
        bare_.push_back(static_cast<char*>(slab) + i * page_size);
    }
}

}  // namespace tornado::iostream
