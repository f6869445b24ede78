#pragma once

#include <mysql.h>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/events.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::database::mariadb {

/// A handle of libmariadb, and the waiting for its descriptor.
///
/// What libmariadb has begun it must be let finish, as what is half done hangs on a stack of its
/// own: so who gives up meanwhile shuts the connection down, after which it ends at once.
///
/// Ownership: shared with the calls that are under way. Thread safety: one loop, one thread.
class Session {
public:
    Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] MYSQL* handle() noexcept { return &handle_; }

    /// Calls one of the library's functions, which come in pairs, and gives its result.
    /// Cancellation: the connection is gone then.
    template <auto start, auto go_on, typename Result, typename Object, typename... Args>
    static Future<Result> call(std::shared_ptr<Session> self, Object* object, Args... args);

    /// From now on the descriptor is watched, also while it rests: `on_word` is called when
    /// something comes then, which can only be that the server closes.
    void watch(std::function<void()> on_word);
    /// Whether nothing is under way. It rests at first.
    void rest(bool rests);
    /// Ends what is under way: its libmariadb touches nothing of anybody's afterwards, and who has
    /// waited for it gets CancelledError, as all who call something later.
    void finish() noexcept;

private:
    /// One call that is under way. If that is given up, it still ends here.
    struct AnyCall {
        explicit AnyCall(Session& its) : session{its} { session.active_ = this; }
        AnyCall(const AnyCall&) = delete;
        AnyCall& operator=(const AnyCall&) = delete;
        virtual ~AnyCall() { session.active_ = nullptr; }
        virtual void proceed(int ready) noexcept = 0;

        Session& session;
        int waits_for = 0;
    };
    template <auto go_on, typename Result, typename Object>
    struct Call final : AnyCall {
        Call(Session& its, Object* with) : AnyCall{its}, object{with} {}
        ~Call() override { this->session.end_call(); }
        void proceed(int ready) noexcept override {
            this->waits_for = go_on(&result, object, ready);
        }

        Object* object;
        Result result{};
    };
    void end_call() noexcept;
    /// Throws CancelledError after finish().
    void require_life() const;

    /// Waits for one of the events, and gives those that have come, in the library's words.
    [[nodiscard]] Future<int> ready(int waits_for);
    void set_events(ioloop::Events events);
    void unwatch() noexcept;

    ioloop::IOLoop& loop_;
    MYSQL handle_{};
    int fd_ = -1;  ///< while it is watched
    ioloop::Events watched_ = ioloop::Events::read;
    AnyCall* active_ = nullptr;
    bool rests_ = true;
    bool finished_ = false;
    std::optional<Promise<int>> waiting_;
    std::function<void()> on_word_;
};

template <auto start, auto go_on, typename Result, typename Object, typename... Args>
Future<Result> Session::call(std::shared_ptr<Session> self, Object* object, Args... args) {
    self->require_life();
    Call<go_on, Result, Object> call{*self, object};
    call.waits_for = start(&call.result, object, args...);
    while (call.waits_for != 0) {
        const int ready = co_await self->ready(call.waits_for);
        self->require_life();
        call.proceed(ready);
    }
    co_return call.result;
}

}  // namespace tornado::database::mariadb
