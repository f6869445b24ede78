#include "async_rendering.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tornado/template/error.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::web::detail {

using templating::Error;
using templating::Value;

namespace {

/// A template that makes more of them takes another way each time, and would never end.
constexpr std::size_t most_calls = 10'000;

thread_local AsyncRendering* current_rendering = nullptr;
thread_local const templating::Arguments* current_arguments = nullptr;

/// Makes another rendering the current one, or none, for a while.
class Current {
public:
    explicit Current(AsyncRendering* rendering)
        : before_{std::exchange(current_rendering, rendering)} {}
    ~Current() { current_rendering = before_; }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

private:
    AsyncRendering* before_;
};

/// Leaves a template where it needs what is not there yet. No exception of the standard library's,
/// so that templates let it pass.
struct NotYet {};

}  // namespace

CalledWith::CalledWith(const templating::Arguments& arguments) noexcept
    : before_{std::exchange(current_arguments, &arguments)} {}

CalledWith::~CalledWith() {
    current_arguments = before_;
}

std::string CalledWith::text() {
    std::string text;
    if (current_arguments != nullptr) {
        for (const auto& value : *current_arguments) {
            text += value.repr() + ", ";
        }
        for (std::size_t i = 0; i < current_arguments->keyword_count(); ++i) {
            const auto& [name, value] = current_arguments->keyword(i);
            text.append(name).append("=").append(value.repr()).append(", ");
        }
    }
    return text;
}

Value await_in_template(
    const std::type_info& who,
    MeanwhileDo meanwhile,
    const std::function<Future<Value>()>& start
) {
    auto* const rendering = AsyncRendering::current();
    if (rendering == nullptr) {
        throw Error{
            "TypeError",
            "it returns a Future: render the page with render_async(), and await that"};
    }
    return rendering->call(who, meanwhile, start);
}

AsyncRendering* AsyncRendering::current() noexcept {
    return current_rendering;
}

Value AsyncRendering::call(
    const std::type_info& who,
    MeanwhileDo meanwhile,
    const std::function<Future<Value>()>& start
) {
    if (stopped_) {
        throw NotYet{};  // out of a `finally`
    }
    if (!find(who)) {
        if (waits_ && meanwhile == MeanwhileDo::stop) {
            stop();  // its arguments may depend on what has not come
        }
        begin(who, start);
    }
    auto& made = calls_[next_++];
    made.is_doubtful = made.is_doubtful && waits_;
    if (made.result.done()) {
        return made.result.result();
    }
    waits_ = true;
    if (meanwhile == MeanwhileDo::stop) {
        stop();
    }
    return "";
}

/// Brings the call that has been made to where the template is; false if it has not been made.
bool AsyncRendering::find(const std::type_info& who) {
    for (auto at = next_; at < calls_.size(); ++at) {
        const auto& made = calls_[at];
        if (*made.who == who && (!made.is_doubtful || made.arguments == CalledWith::text())) {
            const auto place = calls_.begin() + static_cast<std::ptrdiff_t>(at);
            std::rotate(calls_.begin() + static_cast<std::ptrdiff_t>(next_), place, place + 1);
            return true;
        }
        if (!made.is_doubtful) {
            throw Error{
                "RuntimeError",
                "a template that waits must call the same functions each time it is rendered"};
        }
    }
    return false;
}

void AsyncRendering::begin(const std::type_info& who, const std::function<Future<Value>()>& start) {
    if (calls_.size() == most_calls) {
        throw Error{
            "RuntimeError",
            "a page waits for " + std::to_string(most_calls) +
                " calls at most: does the template make others each time it is rendered?"};
    }
    const Current none{nullptr};  // what it renders itself is its own affair
    const auto attempt = [&] {
        try {
            return start();
        } catch (...) {
            return Future<Value>::failed(std::current_exception());
        }
    };
    Call call{&who, attempt()};
    if (waits_) {
        call.result.ignore();  // nobody may ask for it
        call.is_doubtful = true;
        call.arguments = CalledWith::text();
    }
    calls_.insert(calls_.begin() + static_cast<std::ptrdiff_t>(next_), std::move(call));
}

void AsyncRendering::stop() {
    waits_ = stopped_ = true;
    throw NotYet{};
}

bool AsyncRendering::try_once(
    const templating::Template& page,
    const templating::Namespace& names,
    std::string& text
) {
    const Current self{this};
    next_ = 0;
    waits_ = stopped_ = false;
    try {
        page.generate_to(text, names);
    } catch (const NotYet&) {
    } catch (...) {  // a cancellation, too: what has begun is waited for
        if (!waits_) {
            throw;
        }  // it may be due to a gap: the next rendering will tell
    }
    if (waits_) {
        text.clear();
    }
    return !waits_;
}

Future<void> AsyncRendering::wait() {
    bool cancelled = false;
    for (std::size_t i = 0; i < calls_.size();) {
        const auto result = calls_[i].result;
        if (result.done()) {
            ++i;
            continue;
        }
        bool cancelled_now = false;
        concurrent::UntilDone<Value> until{result};
        try {
            co_await until;
        } catch (const CancelledError&) {
            cancelled_now = true;
        }
        if (cancelled_now) {
            cancelled = true;
            for (const auto& call : calls_) {
                call.result.cancel();
            }
        }
    }
    if (cancelled) {
        throw CancelledError{};
    }
}

}  // namespace tornado::web::detail
