#include "request_limit.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "delegate_wrapper.hpp"
#include "tornado/httputil/refusal.hpp"

namespace tornado::httpserver {

RequestLimit::RequestLimit(
    httputil::HTTPServerConnectionDelegate& inner,
    std::size_t most,
    std::vector<std::string> spared_paths
)
    : inner_{inner},
      most_{most},
      spared_paths_{std::move(spared_paths)},
      in_flight_{std::make_shared<std::size_t>(0)} {}

bool RequestLimit::is_spared(std::string_view path) const noexcept {
    return std::find(spared_paths_.begin(), spared_paths_.end(), path) != spared_paths_.end();
}

/// Decides when the head is there. Lives as long as its exchange, and counts that long.
class RequestLimit::Request final : public DelegateWrapper {
public:
    Request(RequestLimit& owner, httputil::HTTPConnection& exchange)
        : DelegateWrapper{nullptr},
          owner_{owner},
          exchange_{exchange} {}
    ~Request() override { stop_counting(); }

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override {
        if (!owner_.is_spared(target.path)) {
            if (*owner_.in_flight_ >= owner_.most_) {
                httputil::send_refusal(
                    exchange_, 503, "there are too many requests", {{"Retry-After", "1"}}
                );
                return Future<void>::ready();
            }
            counted_ = owner_.in_flight_;
            ++*counted_;
        }
        replace_inner(owner_.inner_.start_request(exchange_));
        return DelegateWrapper::headers_received(head, target);
    }

    /// What goes on with the connection is no request any more.
    void on_detach() override {
        stop_counting();
        DelegateWrapper::on_detach();
    }

private:
    void stop_counting() noexcept {
        if (const auto counted = std::exchange(counted_, nullptr)) {
            --*counted;
        }
    }

    RequestLimit& owner_;
    httputil::HTTPConnection& exchange_;
    std::shared_ptr<std::size_t> counted_;  ///< where it counts, if it does
};

std::unique_ptr<httputil::HTTPMessageDelegate> RequestLimit::start_request(
    httputil::HTTPConnection& exchange
) {
    return std::make_unique<Request>(*this, exchange);
}

}  // namespace tornado::httpserver
