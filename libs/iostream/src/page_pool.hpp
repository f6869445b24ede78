#pragma once

#include <cstddef>
#include <vector>

namespace tornado::iostream {

/// Pages of memory for received bytes, a thread's own.
///
/// They come from the kernel in slabs of their own and not from the heap, where the small objects
/// of connections between them would keep the memory of those that are given back from going. A few
/// free pages are kept ready, the last one given back first, so that it is warm in the cache; the
/// memory of all other free pages returns to the kernel.
///
/// Thread safety: one thread.
class PagePool {
public:
    /// In bytes.
    static constexpr std::size_t page_size = 4096;

    explicit PagePool(std::size_t keep_ready) : keep_ready_{keep_ready} {}
    PagePool(const PagePool&) = delete;
    PagePool& operator=(const PagePool&) = delete;
    /// Pages that are still in use stay valid: their slabs are then not unmapped.
    ~PagePool();

    /// A page, at an address that is a multiple of page_size. Throws std::bad_alloc.
    [[nodiscard]] void* take();
    void give_back(void* page) noexcept;

    /// Pages straight from the kernel. Throws std::bad_alloc.
    [[nodiscard]] static void* map(std::size_t pages);
    static void unmap(void* first, std::size_t pages) noexcept;

    /// How many free pages have memory.
    [[nodiscard]] std::size_t ready() const noexcept { return ready_; }

private:
    static constexpr std::size_t pages_per_slab = 256;

    struct Node {
        Node* next;
    };

    void add_slab();

    const std::size_t keep_ready_;
    Node* first_ = nullptr;  ///< the ready pages
    std::size_t ready_ = 0;
    std::vector<void*> bare_;  ///< free pages without memory, which therefore cannot hold a link
    std::vector<void*> slabs_;
    std::size_t in_use_ = 0;
};

}  // namespace tornado::iostream
