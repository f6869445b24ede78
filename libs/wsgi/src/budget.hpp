#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace tornado::wsgi {

/// How much memory responses may take that no thread waits for.
///
/// Thread safety: any thread.
class Budget : public std::enable_shared_from_this<Budget> {
public:
    /// A part of it, which comes back with this object's end.
    class Share {
    public:
        Share(std::shared_ptr<Budget> budget, std::uint64_t bytes) noexcept
            : budget_{std::move(budget)},
              bytes_{bytes} {}
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { budget_->left_ += bytes_; }

    private:
        std::shared_ptr<Budget> budget_;
        std::uint64_t bytes_;
    };

    explicit Budget(std::uint64_t bytes) noexcept : left_{bytes} {}

    /// Null when so much is not left.
    [[nodiscard]] std::unique_ptr<Share> take(std::uint64_t bytes) {
        auto left = left_.load();
        do {
            if (left < bytes) {
                return nullptr;
            }
        } while (!left_.compare_exchange_weak(left, left - bytes));
        return std::make_unique<Share>(shared_from_this(), bytes);
    }

private:
    std::atomic<std::uint64_t> left_;
};

}  // namespace tornado::wsgi
