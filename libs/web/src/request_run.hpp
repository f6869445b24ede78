#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client_state.hpp"
#include "hook_call.hpp"
#include "response_buffers.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/http1connection/kept_exchange.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/path_arguments.hpp"
#include "tornado/web/request_handler.hpp"
#include "wrapping.hpp"

namespace tornado::templating {
class Template;
}

namespace tornado::web::detail {

class Page;
class RequestRun;

struct LetGo {
    void operator()(RequestRun* run) const noexcept;
};
/// Keeps a handler, and all that is its, for what a template has begun: it refers to that, also
/// when nobody waits for it any more.
using HeldRun = std::unique_ptr<RequestRun, LetGo>;

/// One request on its way through an application: finds the route, makes the handler, calls it, and
/// gathers and sends what it writes. Tornado's `_HandlerDelegate` and the private half of its
/// RequestHandler.
///
/// What is needed only on that way is its Course. A handler that stays for long with its
/// connection, once that speaks another protocol, keeps a run without one: see keep().
class RequestRun : public httputil::HTTPMessageDelegate, public concurrent::Pooled {
public:
    /// A run with its course.
    [[nodiscard]] static std::unique_ptr<RequestRun>
    make(Application& application, httputil::HTTPConnection& exchange);
    ~RequestRun() override;

    /// Ends the run of a request whose connection has been upgraded, but for its handler, and for
    /// what that may still ask for. The caller has the handler then, by a run of a few bytes, which
    /// goes when the handler shall; null when the run has to stay: middleware waits for its end, or
    /// there is more to the request than its head.
    [[nodiscard]] static std::unique_ptr<RequestRun> keep(RequestHandler& handler);
    /// The end of such a run: as soon as nobody holds it.
    void end_kept() noexcept;

    /// As long as somebody holds it, it is there.
    [[nodiscard]] HeldRun hold();
    void let_go() noexcept;
    /// A page is made that finishes the response: false when it is there, or will not be.
    void set_making_page(bool making) noexcept { making_page_ = making; }

    // What arrives

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override;
    Future<void> data_received(std::string_view chunk) override;
    void trailers_received(const httputil::HTTPHeaders& trailers) override;
    void finish() override;
    void on_connection_close() override;
    void on_detach() override;
    void on_drain() override;

    // For the handler

    /// Throws std::logic_error when the application has gone before the handler.
    [[nodiscard]] Application& application() const;
    [[nodiscard]] httputil::HTTPServerRequest& request() {
        return request_ != nullptr ? *request_ : kept_->request();
    }
    /// Whoever calls the hook keeps this meanwhile.
    [[nodiscard]] HookCall begin_call(Hook hook) noexcept { return {hooks_called_, hook}; }
    /// The run that a handler belongs to.
    [[nodiscard]] static RequestRun& of(const RequestHandler& handler) { return handler.run(); }
    void hide_query() noexcept { hides_query_ = true; }
    /// The request's target as logs have it; `room` is for what has to be made first.
    [[nodiscard]] std::string_view logged_uri(std::string& room);
    [[nodiscard]] const PathArguments& path_args() const noexcept;
    [[nodiscard]] httputil::HTTPHeaders& headers() { return buffers().headers; }
    [[nodiscard]] std::string& body() { return buffers().body; }
    /// What is known of the client.
    [[nodiscard]] ClientState& client();
    /// What the handler's templates need.
    [[nodiscard]] Page& page();
    [[nodiscard]] std::shared_ptr<const templating::Template> load_template(std::string_view name);
    [[nodiscard]] int status() const noexcept { return status_; }
    /// The reason phrase that goes with the status.
    [[nodiscard]] std::string_view reason() const noexcept;
    [[nodiscard]] bool headers_written() const noexcept { return headers_written_; }
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    /// Throws std::logic_error when somebody else has the connection: what would be set now would
    /// go nowhere.
    void check_not_detached() const;
    /// Throws std::logic_error when somebody else has the connection, which is taken over once.
    void check_not_taken_over() const;
    /// Reads the body's form, once. Called before a verb that there is, and otherwise only when
    /// prepare() asks for an argument: what nobody wants costs nothing. Throws HTTPError{400} for a
    /// form that cannot be read.
    void parse_form();
    void set_status(int status, std::string_view reason);
    void set_cookie(httputil::Cookie cookie);
    void add_head_hook(util::UniqueFunction<void(RequestHandler&)> hook);
    void clear();
    Future<void> flush();
    Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner
    );
    /// Gives the request to somebody else, body and all: this run has no more to do with it.
    void hand_over(httputil::HTTPServerConnectionDelegate& other);
    void set_etag_header();
    /// The handler has looked at the request's conditions: the response is sent whole.
    void leave_conditions() noexcept { conditions_answered_ = true; }
    void finish_response();
    /// Asked before finish_response(): see HTTPConnection::when_sent().
    [[nodiscard]] Future<void> when_sent();
    void send_error(int status, std::exception_ptr error);
    iostream::IOStream detach(util::UniqueFunction<void()> on_drain);
    iostream::IOStream upgrade(std::string_view protocol, util::UniqueFunction<void()> on_drain);
    void set_time_limit(std::chrono::milliseconds limit);
    /// Cancels what the handler waits for.
    void cancel_handler();
    /// The same or, when the handler does not wait, what its middleware waits for.
    void cancel_wait();
    /// Ends the response where it is, visibly broken, and cancels what is being waited for.
    void cut_off();

    // For the middleware around the handler

    [[nodiscard]] RequestHandler& handler() noexcept { return *handler_; }
    /// Whether the application has gone.
    [[nodiscard]] bool is_forsaken() const noexcept { return application_ == nullptr; }
    /// Lets the handler go its way; Wrapping hears of its end.
    void handle_wrapped() noexcept;
    void wrapping_waits();
    void wrapping_ended(const Started& outer) noexcept;
    /// One wait is over. What this returns keeps the exchange.
    [[nodiscard]] httputil::ExchangeRef end_wait() noexcept;

    // For the application

    [[nodiscard]] const RouteData* route() const noexcept { return route_; }
    /// The application goes while the handler waits: it is neither called nor asked any more. What
    /// the handler still waits for unwinds later, and keeps its route that long.
    void outlive_application(Route route) noexcept;

private:
    friend class WaitingRuns;
    enum class Phase : std::uint8_t { user, prepare, body, verb };
    struct Course;
    struct Whole;
    /// What the route's pattern has captured. Few routes have any groups.
    struct Captured : concurrent::Pooled {
        routing::PathGroups groups;
        PathArguments arguments;
    };

    explicit RequestRun(Application& application);
    /// Takes over what a kept run has of a former one.
    RequestRun(RequestRun&& former, concurrent::StateRef<http1connection::KeptExchange> kept);

    /// Those that the response is gathered in; new ones once an upgrade has done with the first.
    [[nodiscard]] ResponseBuffers& buffers() {
        if (buffers_ == nullptr) {
            buffers_ = ResponseBuffers::take();
        }
        return *buffers_;
    }
    [[nodiscard]] bool streams() const noexcept { return route_->verbs.data_received != nullptr; }
    template <typename F>
    void call_handler(F call) noexcept;
    void start();
    void make_handler();
    void wrap();
    void handle();
    void check_xsrf();
    void prepare();
    void after_prepare();
    [[nodiscard]] Future<void> when_gone_on();
    void find_verb();
    [[nodiscard]] bool wants_body() const;
    [[nodiscard]] bool is_served() const noexcept;
    void end_body();
    void call_verb();
    void verb_ended();
    void fail(std::exception_ptr error) noexcept;
    [[nodiscard]] Started invoke_verb();
    bool ended(Started started, Phase phase);
    void wait_for(Started started, Phase phase);
    void begin_wait();
    [[nodiscard]] bool is_busy() const noexcept;
    void let_body_come();
    void settle_body();
    [[nodiscard]] std::chrono::milliseconds time_limit() const noexcept;
    [[nodiscard]] bool is_waiting() const noexcept;
    void limit_time();
    void look_at_clock();
    void time_is_up();
    [[nodiscard]] Future<void> clocked(Future<void> sending);
    [[nodiscard]] Future<void> wait_for_client(Future<void> sending);
    void limit_context(std::optional<stack_context::StackContext>& scope);
    [[nodiscard]] HTTPError timeout_error() const;
    void go_on();
    void discard() noexcept;
    void set_default_headers();
    void answer_exception(std::exception_ptr error) noexcept;
    void turn_into_response(std::exception_ptr error);
    void log_exception(const std::exception_ptr& error);
    void break_off();
    void conclude();
    void clear_for_error() noexcept;
    bool send_error_page(int status, const std::exception_ptr& error);
    void write_error_page(int status, const std::exception_ptr& error);
    void write_error(int status, const std::exception_ptr& error);
    void complete_head();
    void call_head_hooks();
    void check_framing();
    void withdraw_cookies();
    void add_etag();
    void prepare_whole_response();
    Future<void> send_written(bool finishing);
    void make_transforms();
    void transform(std::string& chunk, bool finishing);
    [[nodiscard]] bool changes_body() const;
    Future<void> write_transformed(netutil::Socket file, std::uint64_t offset, std::size_t count);
    Future<void> hand_request_over();
    void other_failed(const std::exception_ptr& error) noexcept;
    void answer_conditions();
    [[nodiscard]] bool is_head() const noexcept { return request_->method() == "HEAD"; }

    Application* application_;  ///< null once it has gone
    const RouteData* route_ = nullptr;
    std::unique_ptr<const Route> kept_route_;  ///< once the application has gone
    httputil::HTTPServerRequest* request_ = nullptr;
    concurrent::StateRef<http1connection::KeptExchange>
        kept_;                            ///< instead, when the course is over
    std::unique_ptr<Captured> captured_;  ///< null where there is nothing
    ResponseBuffers::Ref buffers_;
    std::unique_ptr<ClientState> client_;
    std::unique_ptr<Page> page_;  ///< null: nothing has been rendered
    Course* course_ = nullptr;    ///< null when it is over
    RequestRun* next_ = nullptr;  ///< in the application's list of those that wait
    RequestRun* previous_ = nullptr;
    int status_ = 200;
    bool headers_written_ = false;
    bool finished_ = false;
    bool concluded_ = false;  ///< logged, and on_finish() called
    bool detached_ = false;   ///< somebody else has the connection
    bool form_parsed_ = false;
    bool hides_query_ = false;  ///< from logs
    bool conditions_answered_ = false;
    bool making_page_ = false;  ///< by render_async()
    bool ended_ = false;        ///< a kept run that is still held
    HooksCalled hooks_called_;
    unsigned holds_ = 0;
    /// The last member: the first to go, while all that its destructor may use is there.
    std::unique_ptr<RequestHandler> handler_;
};

}  // namespace tornado::web::detail
