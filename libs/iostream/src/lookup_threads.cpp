#include "lookup_threads.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace tornado::netutil {

namespace {

constexpr auto longest_idleness = std::chrono::seconds{10};

std::atomic<unsigned> forks = 0;  ///< between the first process and this one

void count_forks() {
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
    static_cast<void>(registered);
}

}  // namespace

class LookupThreads::Crew : public std::enable_shared_from_this<LookupThreads::Crew> {
public:
    explicit Crew(std::size_t most_threads) : most_threads_{most_threads} {}

    void submit(Work work) {
        {
            const std::lock_guard lock{mutex_};
            queue_.push_back(std::move(work));
            if (queue_.size() > idle_ && threads_ < most_threads_) {
                start_thread();
            }
        }
        wake_.notify_one();
    }

    void dismiss() {
        std::deque<Work> dropped;
        {
            const std::lock_guard lock{mutex_};
            dismissed_ = true;
            dropped.swap(queue_);
        }
        wake_.notify_all();
    }

private:
    void start_thread() {
        try {
            std::thread{[self = shared_from_this()] { self->serve(); }}.detach();
            ++threads_;
        } catch (const std::system_error&) {
            if (threads_ == 0) {
                queue_.pop_back();  // nobody would ever come for it
                throw;
            }
        }
    }

    void serve() {
        std::unique_lock lock{mutex_};
        while (true) {
            ++idle_;
            wake_.wait_for(lock, longest_idleness, [this] {
                return dismissed_ || !queue_.empty();
            });
            --idle_;
            if (queue_.empty()) {
                --threads_;
                return;
            }
            {
                auto work = std::move(queue_.front());
                queue_.pop_front();
                lock.unlock();
                work();
            }
            lock.lock();
        }
    }

    const std::size_t most_threads_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    std::size_t threads_ = 0;
    std::size_t idle_ = 0;
    bool dismissed_ = false;
};

struct LookupThreads::Shift {
    std::shared_ptr<Crew> crew;
    unsigned forks_before;
    Shift* next_retired = nullptr;

    /// Keeps that of a parent for ever, unseen: threads that are not here may hold its locks.
    static void retire(Shift* shift) noexcept {
        static std::atomic<Shift*> retired = nullptr;
        shift->next_retired = retired;
        while (!retired.compare_exchange_weak(shift->next_retired, shift)) {
        }
    }
};

LookupThreads::LookupThreads(std::size_t most_threads)
    : most_threads_{most_threads},
      shift_{nullptr} {
    count_forks();
}

LookupThreads::~LookupThreads() {
    auto* const shift = shift_.load();
    if (shift == nullptr) {
        return;
    }
    if (shift->forks_before != forks) {
        Shift::retire(shift);
        return;
    }
    shift->crew->dismiss();
    delete shift;
}

LookupThreads::Crew& LookupThreads::crew() {
    auto* shift = shift_.load();
    while (shift == nullptr || shift->forks_before != forks) {
        auto next = std::make_unique<Shift>();
        next->crew = std::make_shared<Crew>(most_threads_);
        next->forks_before = forks;
        auto* const former = shift;
        if (shift_.compare_exchange_strong(shift, next.get())) {
            shift = next.release();
            if (former != nullptr) {
                Shift::retire(former);
            }
        }
    }
    return *shift->crew;
}

void LookupThreads::submit(Work work) {
    crew().submit(std::move(work));
}

std::shared_ptr<LookupThreads> LookupThreads::shared() {
    constexpr std::size_t usual_number = 10;
    // Never destroyed: its threads may be at work while the program ends.
    static auto* const threads =
        new std::shared_ptr<LookupThreads>{std::make_shared<LookupThreads>(usual_number)};
    return *threads;
}

}  // namespace tornado::netutil
