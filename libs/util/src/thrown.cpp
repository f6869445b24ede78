// Remembers where exceptions were thrown. Whatever refers to keep_call_stacks() links this, and
// with it the function that each throw calls.
#include "thrown.hpp"

#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include "tornado/util/call_stack.hpp"

namespace tornado::util {

namespace {

using Destroy = void (*)(void*);
using Throw = void (*)(void*, std::type_info*, Destroy);

/// The exceptions that live, of all threads.
class Thrown {
public:
    void add(void* thrown, std::vector<std::uintptr_t> calls, Destroy destroy) {
        const std::scoped_lock lock{mutex_};
        all_.insert_or_assign(thrown, Kept{std::move(calls), destroy});
    }
    std::vector<std::uintptr_t> calls_of(const void* thrown) {
        const std::scoped_lock lock{mutex_};
        const auto found = all_.find(thrown);
        return found != all_.end() ? found->second.calls : std::vector<std::uintptr_t>{};
    }
    Destroy remove(void* thrown) noexcept {
        const std::scoped_lock lock{mutex_};
        const auto found = all_.find(thrown);
        if (found == all_.end()) {
            return nullptr;
        }
        const auto destroy = found->second.destroy;
        all_.erase(found);
        return destroy;
    }

private:
    struct Kept {
        std::vector<std::uintptr_t> calls;
        Destroy destroy;
    };
    std::mutex mutex_;
    std::unordered_map<const void*, Kept> all_;
};

/// Never destroyed: an exception may outlive all else.
Thrown& all_thrown() {
    static auto* const all = new Thrown;
    return *all;
}

void forget(void* thrown) {
    if (const auto destroy = all_thrown().remove(thrown)) {
        destroy(thrown);
    }
}

/// Notes the calls from the one that goes on at `thrower`. What destroys it in place of `destroy`.
Destroy note(void* thrown, Destroy destroy, void* thrower) noexcept {
    static thread_local bool noting = false;
    if (std::exchange(noting, true)) {
        return destroy;  // there is no memory to note the other
    }
    auto result = destroy;
    try {
        std::array<void*, 64> frames;
        auto* const end = frames.data() + ::backtrace(frames.data(), frames.size());
        // What stands before is ours, or a sanitizer's.
        std::vector<std::uintptr_t> calls;
        for (auto* frame = std::find(frames.data(), end, thrower); frame != end; ++frame) {
            calls.push_back(reinterpret_cast<std::uintptr_t>(*frame) - 1);  // inside the call
        }
        all_thrown().add(thrown, std::move(calls), destroy);
        result = &forget;
    } catch (...) {
        result = destroy;
    }
    noting = false;
    return result;
}

}  // namespace

void keep_call_stacks(bool on) {
    const CallsOf find = [](const void* thrown) { return all_thrown().calls_of(thrown); };
    calls_of_thrown = on ? find : nullptr;
}

}  // namespace tornado::util

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
/// Weak, so that a program with a libstdc++ or a sanitizer of its own inside can still be linked.
extern "C" [[gnu::weak, gnu::noinline, noreturn]] void
__cxa_throw(void* thrown, std::type_info* type, void (*destroy)(void*)) {
    using tornado::util::Throw;
    // There is one: this weak function counts only where libstdc++ is a shared library.
    static const auto next = reinterpret_cast<Throw>(::dlsym(RTLD_NEXT, "__cxa_throw"));
    if (tornado::util::calls_of_thrown.load() != nullptr) {
        destroy = tornado::util::note(thrown, destroy, __builtin_return_address(0));
    }
    next(thrown, type, destroy);
    __builtin_unreachable();
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
