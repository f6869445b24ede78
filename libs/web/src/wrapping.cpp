#include "wrapping.hpp"

#include <stdexcept>

#include "request_run.hpp"
#include "tornado/log.hpp"

namespace tornado::web {

namespace detail {

void append(MiddlewareList& list, Middleware middleware) {
    auto longer = list != nullptr ? *list : std::vector<Middleware>{};
    longer.push_back(std::move(middleware));
    list = std::make_shared<const std::vector<Middleware>>(std::move(longer));
}

void prepend(MiddlewareList& list, Middleware middleware) {
    std::vector<Middleware> longer;
    longer.push_back(std::move(middleware));
    if (list != nullptr) {
        longer.insert(longer.end(), list->begin(), list->end());
    }
    list = std::make_shared<const std::vector<Middleware>>(std::move(longer));
}

Future<void> go_on_after(RequestHandler& handler, const Next& next) {
    return handler.finished() ? Future<void>::ready() : next();
}

Future<void> go_on_after(Future<void> first, RequestHandler& handler, Next next) {
    co_await std::move(first);
    if (!handler.finished()) {
        co_await next();
    }
}

Wrapping::Wrapping(RequestRun& run, MiddlewareList of_application, MiddlewareList of_route)
    : run_{&run},
      of_application_{std::move(of_application)},
      of_route_{std::move(of_route)} {
    waiter_.kind = concurrent::Waiter::Kind::direct;
    waiter_.owner = this;
    waiter_.run = [](concurrent::Task& task) {
        auto& waiter = static_cast<EndWaiter&>(task);
        waiter.place = concurrent::Waiter::Place::nowhere;
        waiter.owner->resume();
    };
    waiter_.discard = [](concurrent::Task& task) noexcept {
        auto& waiter = static_cast<EndWaiter&>(task);
        waiter.place = concurrent::Waiter::Place::nowhere;
        waiter.owner->discard();
    };
}

std::size_t Wrapping::size() const noexcept {
    return (of_application_ != nullptr ? of_application_->size() : 0) +
           (of_route_ != nullptr ? of_route_->size() : 0);
}

const Middleware& Wrapping::at(std::size_t index) const noexcept {
    const auto outer = of_application_ != nullptr ? of_application_->size() : 0;
    return index < outer ? (*of_application_)[index] : (*of_route_)[index - outer];
}

void Wrapping::start() noexcept {
    const auto outer = call(0).state();
    if (outer->settled()) {
        end(outer);
    } else {
        wait_for(outer);
    }
}

Future<void> Wrapping::go_on(std::size_t index) {
    if (index != entered_) {
        throw std::logic_error{"a middleware calls next() once: keep its future to await it again"};
    }
    if (run_ == nullptr) {
        throw std::logic_error{"next() after the request's end: await it in the middleware"};
    }
    if (run_->is_forsaken()) {
        throw CancelledError{};
    }
    if (run_->finished()) {
        return Future<void>::ready();
    }
    if (index == size()) {
        return call_handler();
    }
    auto inner = call(index);
    if (inner.state()->status() == concurrent::FutureState::Status::error) {
        failures_.push_back(inner.state());
    }
    return inner;
}

/// What a middleware throws before it is a coroutine comes out of its future, as if it were one.
Future<void> Wrapping::call(std::size_t index) noexcept {
    entered_ = index + 1;
    try {
        return at(index)(run_->handler(), Next{shared_from_this(), index + 1});
    } catch (...) {
        return Future<void>::failed(std::current_exception());
    }
}

Future<void> Wrapping::call_handler() {
    ++entered_;
    handler_.emplace();
    handler_->on_cancel([this] {
        if (run_ != nullptr) {
            run_->cancel_handler();
        }
    });
    auto future = handler_->future();
    run_->handle_wrapped();
    return future;
}

void Wrapping::handler_ended() {
    auto handler = std::exchange(handler_, std::nullopt);
    handler->set_result();
}

void Wrapping::handler_failed(std::exception_ptr error) {
    awaits_body = false;
    auto handler = std::exchange(handler_, std::nullopt);
    try {
        std::rethrow_exception(error);
    } catch (const Finish& finish) {
        if (!run_->finished()) {
            run_->body().append(finish.chunk());
        }
        handler->set_result();
    } catch (...) {
        failures_.push_back(handler->future().state());
        handler->set_exception(error);
    }
}

void Wrapping::throw_unseen() {
    for (const auto& failure : failures_) {
        failure->throw_if_unseen();
    }
}

void Wrapping::cancel() {
    const auto outer = outer_;
    outer->cancel();
}

void Wrapping::abandon() {
    abandoned_ = true;
    awaits_body = false;
    if (is_inside()) {
        handler_failed(std::make_exception_ptr(CancelledError{}));
    } else if (is_waiting()) {
        cancel();
    }
}

void Wrapping::leave() noexcept {
    run_ = nullptr;
    failures_.clear();  // a coroutine among them has a Next, and that this
}

void Wrapping::wait_for(Started outer) {
    outer_ = std::move(outer);
    waiter_.context = concurrent::Context::capture();
    outer_->attach(waiter_);
    run_->wrapping_waits();
}

void Wrapping::resume() {
    const auto alive = run_->end_wait();
    const auto outer = std::exchange(outer_, {});
    if (run_->is_forsaken() || abandoned_) {
        outer->mark_looked_at();
        return;
    }
    end(outer);
}

void Wrapping::end(const Started& outer) noexcept {
    if (outer->status() == concurrent::FutureState::Status::value && is_inside() &&
        !handler_->done()) {
        wait_for(handler_->future().state());  // it did not wait for next() itself
        return;
    }
    run_->wrapping_ended(outer);
}

/// The loop is closed: what the outermost waited for will not be heard of.
void Wrapping::discard() noexcept {
    const auto alive = run_->end_wait();
    const auto outer = std::exchange(outer_, {});
    outer->mark_looked_at();
}

}  // namespace detail

Future<void> Next::operator()() const {
    return wrapping_->go_on(index_);
}

}  // namespace tornado::web
