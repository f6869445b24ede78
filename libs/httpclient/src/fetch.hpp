#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client_core.hpp"
#include "connect.hpp"
#include "environment_proxies.hpp"
#include "fetch_deadlines.hpp"
#include "tornado/concurrent/context.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/effective_settings.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::httpclient {

/// While it lives, what is called runs in the context of who fetches.
class InContext {
public:
    explicit InContext(const concurrent::Context& context)
        : former_{concurrent::Context::capture()} {
        concurrent::Context::enter(context);
    }
    InContext(const InContext&) = delete;
    InContext& operator=(const InContext&) = delete;
    ~InContext() { concurrent::Context::enter(former_); }

private:
    concurrent::Context former_;
};

/// One fetch, from the queue through all redirects to its response. A state machine and no
/// coroutine, as this is the path of every request; and the state of its own future, so that the
/// response is made where that has it.
///
/// Ownership: counted twice. Those who work on it, above all the client's core until it is over,
/// hold it by retain(); all of them together, and each future, are a reference to the future's
/// state. Thread safety: one thread.
class Fetch final : public concurrent::ValueState<HTTPResponse>,
                    public httputil::HTTPMessageDelegate,
                    private ioloop::Alarm,
                    private TimedFetch,
                    private PoolWaiter,
                    public concurrent::Pooled {
public:
    Fetch(ClientCore& core, HTTPRequest request, bool raise_error);

    [[nodiscard]] Future<HTTPResponse> future() noexcept {
        return Future<HTTPResponse>{
            concurrent::StateRef<concurrent::ValueState<HTTPResponse>>{this}};
    }
    /// Throws std::invalid_argument for a request that cannot be sent.
    void check();
    /// From now on the queue's time limit runs.
    void wait_in_queue();
    /// It has a place.
    void start() noexcept;
    /// Ends it without a response.
    void fail(std::exception_ptr error) noexcept;

    /// For BodyWriter.
    Future<void> write_body(unsigned exchange, std::string chunk);

    void retain() noexcept { ++workers_; }
    void release() noexcept {
        if (--workers_ == 0) {
            producer_gone();
            FutureState::release();
        }
    }

private:
    friend class FetchList;

    /// What a fetch waits for no more. Its end, which cancels it, may call whatever has asked to be
    /// told of that: it comes last, and the fetch may be over then.
    struct Abandoned {
        std::optional<Future<iostream::StreamRef>> connecting;
        std::optional<Future<void>> producing;
        std::optional<Future<void>> taking;

        Abandoned() = default;
        Abandoned(Abandoned&& other) noexcept
            : connecting{std::exchange(other.connecting, std::nullopt)},
              producing{std::exchange(other.producing, std::nullopt)},
              taking{std::exchange(other.taking, std::nullopt)} {}
        Abandoned& operator=(Abandoned&&) = delete;
        ~Abandoned();
    };

    enum class State : std::uint8_t {
        queued,
        pausing,  ///< before it is tried again
        waiting,  ///< for one of as many connections as there may be
        connecting,
        exchanging,
        over
    };
    /// What a response leads to.
    enum class Next : std::uint8_t {
        nothing,  ///< it is the one
        redirect,
        again,  ///< the same request, with credentials or without expectations
        anew,   ///< the same request, on a new connection
        later,  ///< the same request, after a pause
    };

    ~Fetch() override;
    static void destroy_state(FutureState& state) noexcept { delete static_cast<Fetch*>(&state); }
    static bool cancel_state(FutureState& state);
    static constexpr Operations operations{&destroy_state, &cancel_state};

    [[nodiscard]] EffectiveSettings settings() const {
        return {current_, core_->options().defaults};
    }

    // Towards a connection
    void restart_times(ioloop::TimePoint now);
    void start_hop(ioloop::TimePoint now);
    void find_origin();
    void choose_proxy();
    void connection_may_be_had() noexcept override;
    [[nodiscard]] std::optional<netutil::SSLContext> tls_context() const;
    [[nodiscard]] bool leads_straight(const std::optional<netutil::SSLContext>& tls) const;
    [[nodiscard]] std::string make_key(const std::optional<netutil::SSLContext>& tls) const;
    [[nodiscard]] ConnectPlan plan(std::optional<netutil::SSLContext> tls);
    void connect(std::optional<netutil::SSLContext> tls);
    void connected(const Future<iostream::StreamRef>& connection);
    void connect_failed(const std::exception_ptr& error) noexcept;
    void set_alarm(ioloop::TimePoint when);
    void keep_deadline();
    void stop_clock() noexcept;
    [[nodiscard]] ioloop::TimePoint connect_deadline() const;
    void out_of_time() override;

    // The request
    void exchange(ioloop::TimePoint now);
    void send();
    void send_body();
    [[nodiscard]] bool has_usual_fields_alone() const;
    const httputil::HTTPHeaders& request_headers();
    [[nodiscard]] std::optional<Credentials> credentials() const;
    [[nodiscard]] bool uses_digest() const;
    [[nodiscard]] std::string place() const;
    [[nodiscard]] bool is_for_proxy() const;
    [[nodiscard]] ProxyCredentials proxy_credentials() const;
    [[nodiscard]] std::string target_for_proxy() const;
    void add_usual_fields(httputil::HTTPHeaders& headers) const;
    void add_credentials(httputil::HTTPHeaders& headers) const;
    void produce();
    void produced(unsigned exchange, const Future<void>& done);

    // The response
    Future<void> headers_received(httputil::ResponseHead& head) override;
    Future<void> data_received(std::string_view chunk) override;
    void finish() override;
    void on_connection_close() override;
    void call_head_callbacks(const httputil::ResponseHead& head);
    [[nodiscard]] Next next_step(const httputil::HTTPHeaders& headers);
    [[nodiscard]] bool is_redirect() const;
    [[nodiscard]] bool may_try_again(bool was_sent = true) const;
    [[nodiscard]] bool wants_credentials(const httputil::HTTPHeaders& headers);
    void follow_redirect();
    void send_again();
    void send_anew();
    [[nodiscard]] ioloop::Duration pause() const;
    [[nodiscard]] bool has_retry() const;
    [[nodiscard]] bool may_retry(ioloop::Duration pause) const;
    [[nodiscard]] bool asks_to_come_later(const httputil::HTTPHeaders& headers);
    void retry(ioloop::Duration pause) noexcept;
    [[nodiscard]] bool retry_after(const std::exception_ptr& error) noexcept;
    [[nodiscard]] Abandoned let_go() noexcept;
    void complete(ioloop::TimePoint heard);
    void end() noexcept;
    void settle_with_response() noexcept;
    void settle_with(std::exception_ptr error) noexcept;

    concurrent::StateRef<ClientCore> core_;  ///< null when it is over
    const concurrent::Context context_;      ///< of who fetches
    HTTPRequest current_;                    ///< as redirects have changed it
    OriginRef origin_;
    std::string_view target_;  ///< of the start line, unless a proxy reads that: a part of the URL
    std::string target_room_;  ///< or of this
    std::unique_ptr<Proxy> proxy_;  ///< null: none
    std::optional<ConnectionSlot> slot_;
    std::unique_ptr<KeptConnection> connection_;
    std::optional<Future<iostream::StreamRef>> connecting_;
    std::shared_ptr<ConnectProgress> progress_;
    std::optional<Future<void>> producing_;
    std::optional<Future<void>> taking_;  ///< of the streaming_callback, when it took its time
    HTTPResponse& response_;              ///< the future's value, before it counts as one
    ioloop::TimePoint queued_;
    ioloop::TimePoint started_;  ///< the end of the queue
    ioloop::TimePoint hop_began_;
    ioloop::TimePoint deadline_ = ioloop::TimePoint::max();
    Fetch* next_ = nullptr;  ///< in the core's list
    Fetch* previous_ = nullptr;
    unsigned workers_ = 0;
    unsigned exchange_ = 0;        ///< counts them, so that a body's late writer finds none
    ioloop::Duration pause_ = {};  ///< before Next::later
    int redirects_left_ = 0;
    int retries_ = 0;
    State state_ = State::queued;
    bool raise_error_;
    bool has_waited_ = false;  ///< in the queue
    bool credentials_ = true;  ///< no redirect has led elsewhere
    bool needs_new_ = false;   ///< a kept connection was at its end
    bool awaits_continue_ = false;
    bool expects_ = true;             ///< no server has refused an expectation
    bool shown_ = false;              ///< callbacks have got something of a response
    Next next_step_ = Next::nothing;  ///< if not that, the body is dropped
    int challenges_ = 0;              ///< of this hop's server
    int proxy_challenges_ = 0;        ///< and of its proxy
};

}  // namespace tornado::httpclient
