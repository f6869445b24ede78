#include "curl_core.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tornado/httputil/arguments.hpp"

namespace tornado::curl_httpclient {

using httpclient::HTTPClientError;
using ioloop::Events;

namespace {

/// What libcurl makes once for the whole process; never undone, for other users of it.
void initialise_library() {
    static const auto status = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (status != CURLE_OK) {
        throw std::runtime_error{::curl_easy_strerror(status)};
    }
}

}  // namespace

/// A socket of libcurl's, which opens and closes it.
class CurlCore::WatchedSocket final : public ioloop::Watcher {
public:
    WatchedSocket(CurlCore& core, curl_socket_t socket)
        : Watcher{[](Watcher& self, Events ready) {
              static_cast<WatchedSocket&>(self).became_ready(ready);
          }},
          core_{core},
          socket_{socket} {}

    void wait_for(Events events) {
        auto& poller = core_.loop().poller();
        if (is_watching()) {
            poller.change(*this, events);
        } else {
            poller.add(*this, socket_, events);
        }
    }

private:
    void became_ready(Events ready) {
        if (ready == Events::none) {
            return;  // the loop closes
        }
        int events = 0;
        events |= (ready & Events::read) != Events::none ? CURL_CSELECT_IN : 0;
        events |= (ready & Events::write) != Events::none ? CURL_CSELECT_OUT : 0;
        events |= (ready & Events::error) != Events::none ? CURL_CSELECT_ERR : 0;
        core_.act(socket_, events);  // which may end this
    }

    CurlCore& core_;
    curl_socket_t socket_;
};

CurlCore::CurlCore(const httpclient::HTTPClientOptions& options, PrepareCurlCallback prepare)
    : Alarm{[](Alarm& self) { static_cast<CurlCore&>(self).act(CURL_SOCKET_TIMEOUT, 0); }},
      loop_{ioloop::IOLoop::current()},
      options_{options},
      prepare_{std::move(prepare)},
      multi_{nullptr} {
    if (options.max_clients == 0) {
        throw std::invalid_argument{"max_clients is at least 1"};
    }
    if (options.resolver != nullptr) {
        throw std::invalid_argument{
            "CurlAsyncHTTPClient resolves names itself: use hostname_mapping, or another client"};
    }
    for (const auto& [from, to] : options.hostname_mapping) {
        if (httputil::split_host_and_port(from).port.has_value() !=
            httputil::split_host_and_port(to).port.has_value()) {
            throw std::invalid_argument{
                "hostname_mapping maps a host to a host, or \"host:port\" to \"host:port\": " +
                from + " to " + to};
        }
    }
    initialise_library();
    multi_ = ::curl_multi_init();
    if (multi_ == nullptr) {
        throw std::bad_alloc{};
    }
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlCore::watch);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlCore::set_timer);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    ::curl_multi_setopt(
        multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.most_idle_connections())
    );
    ::curl_multi_setopt(
        multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.max_connections_per_host)
    );
}

CurlCore::~CurlCore() {
    close();
}

Future<httpclient::HTTPResponse>
CurlCore::fetch(httpclient::HTTPRequest request, bool raise_error) {
    if (closed_) {
        throw std::logic_error{"fetch() called on closed AsyncHTTPClient: make another one"};
    }
    const auto fetch = std::make_shared<CurlFetch>(*this, std::move(request), raise_error);
    try {
        fetch->check();
    } catch (...) {
        return Future<httpclient::HTTPResponse>::failed(std::current_exception());
    }
    auto future = fetch->future();
    queue_.push_back(fetch);
    if (active_.size() >= options_.max_clients || queue_.size() > 1) {
        fetch->wait_in_queue();
    } else {
        start_queued();
    }
    return future;
}

/// Not called from within itself, lest a long queue that fails be a deep recursion.
void CurlCore::start_queued() noexcept {
    if (std::exchange(starting_, true)) {
        return;
    }
    const auto kept = weak_from_this().lock();
    while (!closed_ && active_.size() < options_.max_clients && !queue_.empty()) {
        const auto next = std::move(queue_.front());
        queue_.pop_front();
        active_.push_back(next);
        next->start();
    }
    starting_ = false;
}

void CurlCore::finished(CurlFetch& fetch) noexcept {
    const auto kept = weak_from_this().lock();
    const auto is_it = [&](const auto& each) { return each.get() == &fetch; };
    std::erase_if(active_, is_it);
    std::erase_if(queue_, is_it);
    if (!closed_) {
        start_queued();
    }
}

void CurlCore::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    const auto kept = weak_from_this().lock();  // none when it is being destroyed
    const auto error = std::make_exception_ptr(HTTPClientError{599, "the client was closed"});
    while (!active_.empty()) {
        const auto fetch = active_.back();
        fetch->fail(error);
    }
    while (!queue_.empty()) {
        const auto fetch = queue_.front();
        fetch->fail(error);
    }
    unset();
    ::curl_multi_cleanup(std::exchange(multi_, nullptr));  // with the connections that were kept
}

// libcurl

void CurlCore::start_transfer(CURL* easy) {
    const auto status = ::curl_multi_add_handle(multi_, easy);
    if (status != CURLM_OK) {
        throw CurlError{CURLE_FAILED_INIT, ::curl_multi_strerror(status)};
    }
}

void CurlCore::end_transfer(EasyHandle easy) noexcept {
    ::curl_multi_remove_handle(multi_, easy.get());
}

int CurlCore::watch(CURL*, curl_socket_t socket, int what, void* core, void*) {
    auto& self = *static_cast<CurlCore*>(core);
    if (what == CURL_POLL_REMOVE) {
        self.sockets_.erase(socket);
        return 0;
    }
    auto& watched = self.sockets_[socket];
    try {
        if (watched == nullptr) {
            watched = std::make_unique<WatchedSocket>(self, socket);
        }
        watched->wait_for(
            ((what & CURL_POLL_IN) != 0 ? Events::read : Events::none) |
            ((what & CURL_POLL_OUT) != 0 ? Events::write : Events::none)
        );
    } catch (const std::exception&) {  // the loop is closed: nothing will come of the transfer
        return -1;
    }
    return 0;
}

int CurlCore::set_timer(CURLM*, long timeout, void* core) {
    auto& self = *static_cast<CurlCore*>(core);
    if (timeout < 0) {
        self.unset();
    } else {
        self.set(self.loop_, self.loop_.time_after(std::chrono::milliseconds{timeout}));
    }
    return 0;
}

/// Lets libcurl do what there is to do, and tells the fetches that are over.
void CurlCore::act(curl_socket_t socket, int events) {
    const auto kept = weak_from_this().lock();
    int running = 0;
    ::curl_multi_socket_action(multi_, socket, events, &running);
    int left = 0;
    while (const auto* const message = ::curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const auto status = message->data.result;
        char* fetch = nullptr;
        ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
        const auto done = reinterpret_cast<CurlFetch*>(fetch)->shared_from_this();
        done->transferred(status);
    }
}

}  // namespace tornado::curl_httpclient
