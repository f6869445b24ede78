#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "request_run.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/timeout.hpp"

namespace tornado::web::detail {

/// What a run has only while its request is under way.
struct RequestRun::Course : ioloop::Deadline {
    struct EndWaiter : concurrent::Waiter {
        RequestRun* owner = nullptr;
    };

    Course(RequestRun& owner, httputil::HTTPConnection& its_exchange);

    RequestRun& run;
    httputil::HTTPConnection& exchange;
    Invoke verb = nullptr;                      ///< what serves the method
    const ExtraMethod* extra_method = nullptr;  ///< the same, beyond the usual methods
    httputil::RequestHead* head = nullptr;
    const httputil::Target* target = nullptr;
    std::optional<httputil::HTTPServerRequest> request;
    std::shared_ptr<Wrapping> wrapping;                    ///< null without middleware
    std::unique_ptr<httputil::HTTPMessageDelegate> other;  ///< who has the request instead
    std::string reason;
    std::chrono::milliseconds servers_limit{0};  ///< which the handler's own stands for
    bool client_gone = false;
    bool timed_out = false;    ///< and cancelled, if it can be
    bool transformed = false;  ///< the head has passed through the transforms
    bool plain = false;        ///< it passes through neither hooks nor transforms: one has failed
    bool usual_page = false;   ///< for errors: the handler's own cannot be sent
    Phase phase = Phase::prepare;
    unsigned waits = 0;  ///< how many wait: handler, middleware, and what templates have begun
    Started pending;     ///< what the handler is waiting for
    httputil::ExchangeRef self;  ///< keeps the exchange, and so the run, while they wait
    EndWaiter waiter;
    std::optional<std::chrono::milliseconds> time_limit;  ///< as the handler itself says
    ioloop::TimePoint began;                ///< for the time limit; unset while none has mattered
    ioloop::TimePoint clock_began;          ///< since when the present wait has counted
    ioloop::TimePoint client_began;         ///< since when it has been for the client's taking
    unsigned client_waits = 0;              ///< how many flushes wait for that
    std::optional<Promise<void>> going_on;  ///< for whoever reads the body that is streamed
};

/// A run with its course, in one piece.
struct RequestRun::Whole final : RequestRun {
    Whole(Application& application, httputil::HTTPConnection& exchange)
        : RequestRun{application},
          course{*this, exchange} {
        course_ = &course;
    }
    ~Whole() override;

    Course course;
};

}  // namespace tornado::web::detail
