#include "page_pool.hpp"

#include <sys/mman.h>

#include <new>

namespace tornado::iostream {

PagePool::~PagePool() {
    if (in_use_ != 0) {
        return;
    }
    for (auto* slab : slabs_) {
        unmap(slab, pages_per_slab);
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
    void* slab = map(pages_per_slab);
    slabs_.push_back(slab);
    for (std::size_t i = pages_per_slab; i-- > 0;) {
        bare_.push_back(static_cast<char*>(slab) + i * page_size);
    }
}

void* PagePool::map(std::size_t pages) {
    void* first = ::mmap(
        nullptr, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
    );
    if (first == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    return first;
}

void PagePool::unmap(void* first, std::size_t pages) noexcept {
    ::munmap(first, pages * page_size);
}

}  // namespace tornado::iostream
