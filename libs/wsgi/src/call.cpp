#include "call.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "tornado/escape.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"

namespace tornado::wsgi {

using httputil::KnownHeader;
using httputil::Target;

namespace {

void append(const std::shared_ptr<Job>& job, const std::string& chunk) {
    job->input.spool(chunk);
}

/// What follows `name` in an undecoded path; nullopt when something else begins it.
std::optional<std::string_view> behind(std::string_view name, std::string_view path) {
    while (!name.empty() && !path.empty()) {
        const std::size_t size = path.front() == '%' ? 3 : 1;
        const auto character = escape::url_unescape(path.substr(0, size), false);
        if (character.size() != 1 || character.front() != name.front()) {
            return std::nullopt;
        }
        name.remove_prefix(1);
        path.remove_prefix(std::min(size, path.size()));
    }
    const bool ends = path.empty() || path.front() == '/';
    return name.empty() && ends ? std::optional{path} : std::nullopt;
}

}  // namespace

Call::Call(
    httputil::HTTPConnection& exchange,
    WorkerPool& workers,
    const WSGIContainerOptions& options
)
    : Deadline{[](Deadline& deadline) { static_cast<Call&>(deadline).waits_too_long(); }},
      exchange_{exchange},
      workers_{workers},
      options_{options},
      job_{std::make_shared<Job>(workers.budget())} {
    const Patience patience{options.client_timeout};
    job_->input.set_patience(patience);
    job_->output.set_patience(patience);
}

Call::~Call() {
    give_up();
}

// The request

Future<void> Call::headers_received(httputil::RequestHead& head, const Target& target) {
    note_head(head, target);
    return Future<void>::ready();
}

void Call::note_head(const httputil::RequestHead& head, const Target& target) {
    auto& facts = job_->facts;
    facts.method = head.method;
    facts.uri = head.target;
    facts.path = target.path;
    facts.query = target.query;
    facts.authority = target.authority;
    facts.headers = head.headers;
    facts.remote_ip = exchange_.remote_ip();
    facts.protocol = exchange_.protocol();
    facts.version_minor = head.version_minor;
    if (head.headers.contains(KnownHeader::content_length)) {
        if (const auto length = httputil::content_length(head.headers); length.has_value()) {
            facts.content_length = *length;
        }
    }
    if (target.form == Target::Form::authority) {
        answer(501);  // no application can make a tunnel
        return;
    }
    if (const std::string_view name = options_.script_name; !name.empty()) {
        const auto rest = behind(name, facts.path);
        if (!rest) {
            answer(404);
            return;
        }
        facts.path = std::string{*rest};
    }
}

Future<void> Call::data_received(std::string_view chunk) {
    if (over_) {
        return Future<void>::ready();
    }
    if (!streams()) {
        if (!spooled_ && job_->input.size() + chunk.size() <= options_.body_buffer) {
            job_->input.put(chunk);
            return Future<void>::ready();
        }
        return spool(std::string{chunk});
    }
    job_->input.put(chunk);
    if (job_->input.size() < options_.body_buffer) {
        return Future<void>::ready();
    }
    if (!dispatched_) {
        dispatch();
        if (over_) {
            return Future<void>::ready();
        }
    }
    auto* const room = new Room;  // goes with what it waits for
    auto future = room->future();
    job_->input.when_taken(ioloop::IOLoop::current().expect(*room), job_);
    return future;
}

/// Whether the body is read while it comes. An application could not tell one of unknown length
/// from none.
bool Call::streams() const noexcept {
    return options_.stream_bodies && job_->facts.content_length &&
           *job_->facts.content_length > options_.body_buffer;
}

/// Puts a piece of the body into the file, on an executor.
Future<void> Call::spool(std::string chunk) {
    const httputil::ExchangeRef alive{&exchange_};
    spooled_ = true;
    std::string failure;
    try {
        auto written = ioloop::IOLoop::current().run_in_executor(&append, job_, std::move(chunk));
        co_await std::move(written);
    } catch (const std::system_error& error) {
        failure = error.what();
    }
    if (!failure.empty() && !over_) {
        log::app_log().error("the body of ", name_of(job_->facts), " cannot be kept: ", failure);
        answer(500);
    }
}

void Call::Room::arrive(ioloop::Parcel* /*parcel*/) noexcept {
    promise_.set_result();
    delete this;
}

void Call::Bell::arrive(ioloop::Parcel* parcel) noexcept {
    auto& call = call_;
    delete this;
    call.arrive(parcel);
}

ioloop::Ticket Call::make_ticket() {
    return ioloop::IOLoop::current().expect(*new Bell{*this});  // which goes when it rings
}

void Call::finish() {
    if (over_) {
        return;
    }
    if (!dispatched_) {
        auto& facts = job_->facts;
        if (const auto size = job_->input.total(); size != 0 || facts.content_length) {
            facts.content_length = size;  // of what the application gets, whatever was announced
        }
    }
    job_->input.end();
    if (!dispatched_) {
        dispatch();
    }
}

void Call::dispatch() {
    dispatched_ = true;
    self_ = httputil::ExchangeRef{&exchange_};
    job_->output.arm(make_ticket());
    if (!workers_.submit(job_)) {
        refuse("too many requests wait for a thread of the WSGI container");
    } else if (options_.wait_timeout.count() > 0) {
        const auto time = static_cast<std::uint64_t>(options_.wait_timeout.count());
        ioloop::IOLoop::current().deadlines().set(*this, ioloop::DeadlineWheel::ticks(time));
    }
}

void Call::waits_too_long() {
    if (!over_ && workers_.withdraw(job_)) {
        refuse("a request has waited too long for a thread of the WSGI container");
    }
}

void Call::refuse(const char* reason) {
    log::app_log().warning(reason);
    answer(503);
    drop_file();
    job_->output.put({.end = Output::End::broken}, job_);  // brings the ticket back
}

/// The client has ended its side, which may be all: then it still gets the response.
void Call::on_connection_close() {
    if (!dispatched_ || exchange_.closed()) {
        give_up();
    } else {
        job_->input.fail();
    }
    if (!dispatched_) {
        drop_file();
    }
}

/// On an executor, of what no thread has begun with.
void Call::drop_file() {
    if (auto file = job_->input.release_file()) {
        static_cast<void>(ioloop::IOLoop::current().run_in_executor([file = std::move(file)](
                                                                    ) mutable { file.reset(); }));
    }
}

void Call::give_up() {
    job_->output.set_gone();  // before whoever reads hears of it, and asks why
    job_->input.fail();
    if (!std::exchange(over_, true)) {
        ending_ = Ending::client_gone;
    }
}

// The response

/// What the container itself has to say.
void Call::answer(int status) {
    over_ = true;
    status_ = status;
    httputil::HTTPHeaders headers{{"Content-Type", "text/html; charset=UTF-8"}};
    if (status == 503) {
        headers.add("Retry-After", "1");
    }
    const auto text = std::to_string(status) + ": " + std::string{httputil::reason_phrase(status)};
    exchange_.send_response(
        status, {}, headers, "<html><title>" + text + "</title><body>" + text + "</body></html>"
    );
    log_access();
}

/// A thread has something to send; null: the loop closes.
void Call::arrive(ioloop::Parcel* parcel) noexcept {
    const auto alive = self_;
    if (parcel == nullptr) {
        give_up();
        self_ = {};
        return;
    }
    unset();
    if (std::exchange(waits_for_room_, false)) {
        break_off();
    }
    pump();
}

/// Sends what there is, until there is nothing more or the client must take some first.
void Call::pump() {
    const httputil::ExchangeRef alive{&exchange_};
    Output output;
    while (self_) {
        if (job_->output.take(output)) {
            if (!try_to_send(output)) {
                return;
            }
            job_->output.acknowledge();
            continue;
        }
        const auto ticket = make_ticket();
        if (!job_->output.arm(ticket)) {
            ticket.deliver(job_);  // it has come in between: comes back here
        }
        return;
    }
}

/// As send(), whatever happens.
bool Call::try_to_send(Output& output) {
    const bool ends = output.end != Output::End::not_yet;
    try {
        return send(output);
    } catch (...) {
        log::app_log().error(
            "The response of a WSGI application cannot be sent: ",
            log::format_exception(std::current_exception())
        );
    }
    break_off();
    if (ends) {
        conclude();
    }
    return true;
}

/// False when what comes next has to wait.
bool Call::send(Output& output) {
    const bool ends = output.end != Output::End::not_yet;
    if (output.head && !over_) {
        status_ = output.head->status;
    }
    if (!over_ && exchange_.closed()) {
        give_up();
    }
    if (over_) {  // nobody listens any more, but the thread must be heard to its end
        if (ends) {
            conclude();
        }
        return true;
    }
    if (output.end == Output::End::whole) {
        send_whole(output);
        return true;
    }
    auto room = Future<void>::ready();
    if (output.head) {
        room = exchange_.write_headers(
            output.head->status, output.head->reason, output.head->headers, {}
        );
    }
    hold(std::move(output.share));
    if (!output.data.empty()) {
        room = exchange_.write(std::move(output.data));
    }
    if (output.file) {
        send_file(std::move(*output.file));
        return true;
    }
    if (output.end == Output::End::broken) {
        ending_ = Ending::broken;
        exchange_.abort();
    } else if (ends) {
        exchange_.finish();
    }
    if (ends) {
        conclude();
    } else if (!room.done()) {
        wait_for(room);
        return false;
    }
    return true;
}

void Call::send_whole(Output& output) {
    auto& [status, reason, headers] = *output.head;
    hold(std::move(output.share));
    exchange_.send_response(status, reason, headers, std::move(output.data));
    conclude();
}

/// Until all of the response has been sent.
void Call::hold(std::unique_ptr<Budget::Share> share) {
    if (share != nullptr) {
        exchange_.when_sent().add_done_callback([share = std::move(share)](const Future<void>&) {});
    }
}

/// The rest of the response: the thread has gone on, and the file's end is for the log alone.
void Call::send_file(FilePart part) {
    static_cast<void>(exchange_.write_file(part.file.fileno(), part.offset, part.count, nullptr));
    const auto sent = exchange_.when_sent();
    exchange_.finish();
    over_ = true;
    job_->input.stop();
    sent.add_done_callback(
        [this, self = std::move(self_), part = std::move(part)](const Future<void>& done) {
            if (done.exception()) {
                note_broken_file(part);
            }
            log_access();
        }
    );
}

void Call::note_broken_file(const FilePart& part) {
    struct stat status {};
    const bool is_shorter = ::fstat(part.file.fileno(), &status) == 0 &&
                            static_cast<std::uint64_t>(status.st_size) < part.offset + part.count;
    if (is_shorter) {
        log::app_log().error(
            "a file of a WSGI application has become shorter while it was sent: ",
            name_of(job_->facts)
        );
    }
    ending_ = is_shorter ? Ending::broken : Ending::client_gone;
}

void Call::wait_for(const Future<void>& room) {
    waits_for_room_ = true;
    const auto ticket = make_ticket();
    if (!job_->output.arm_for_slowness(ticket)) {
        ticket.deliver(job_);
        return;
    }
    room.add_done_callback([this, alive = self_](const Future<void>& done) {
        static_cast<void>(done.exception());  // the connection says so by itself
        if (std::exchange(waits_for_room_, false)) {
            job_->output.acknowledge();
            job_->output.ring(job_);
        }
    });
}

/// The thread waits no longer for a client that takes too little.
void Call::break_off() {
    exchange_.abort();
    give_up();
    ending_ = Ending::broken;
    job_->output.acknowledge();
}

/// The thread has done with it.
void Call::conclude() {
    over_ = true;
    log_access();
    unset();
    job_->input.stop();  // the thread closes it
    self_ = {};
}

void Call::log_access() {
    if (std::exchange(logged_, true)) {
        return;
    }
    if (exchange_.timed_out() && status_ == 0) {
        status_ = 503;  // by the server
    }
    auto level = status_ >= 500   ? log::Level::error
                 : status_ >= 400 ? log::Level::warning
                                  : log::Level::info;
    if (ending_ != Ending::complete) {
        level = std::max(level, log::Level::warning);
    }
    auto& log = log::access_log();
    if (!log.enabled(level)) {
        return;
    }
    const auto& facts = job_->facts;
    const std::chrono::duration<double, std::milli> time = exchange_.now() - exchange_.began();
    std::array<char, 32> digits;
    const auto end =
        std::to_chars(
            digits.data(), digits.data() + digits.size(), time.count(), std::chars_format::fixed, 2
        )
            .ptr;
    log.log(
        level,
        status_,
        " ",
        facts.method,
        " ",
        facts.uri,
        " (",
        facts.remote_ip,
        ") ",
        std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())},
        "ms",
        ending_ == Ending::broken        ? ", broken off"
        : ending_ == Ending::client_gone ? ", the client has gone"
                                         : ""
    );
}

}  // namespace tornado::wsgi
