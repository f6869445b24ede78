#pragma once

#include <memory>
#include <utility>

#include "tornado/httputil/http_connection.hpp"

namespace tornado::httpserver {

/// A delegate that does something of its own with a request, and hands it on. One that makes its
/// inner one when the head is there begins with null.
class DelegateWrapper : public httputil::HTTPMessageDelegate {
public:
    explicit DelegateWrapper(std::unique_ptr<httputil::HTTPMessageDelegate> inner)
        : inner_{std::move(inner)} {}

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override {
        return inner_->headers_received(head, target);
    }
    Future<void> data_received(std::string_view chunk) override {
        return inner_->data_received(chunk);
    }
    void trailers_received(const httputil::HTTPHeaders& trailers) override {
        inner_->trailers_received(trailers);
    }
    void finish() override { inner_->finish(); }
    void on_connection_close() override {
        if (inner_ != nullptr) {
            inner_->on_connection_close();
        }
    }
    void on_drain() override {
        if (inner_ != nullptr) {
            inner_->on_drain();
        }
    }
    void on_detach() override {
        if (inner_ != nullptr) {
            inner_->on_detach();
        }
    }

protected:
    [[nodiscard]] httputil::HTTPMessageDelegate& inner() noexcept { return *inner_; }
    void replace_inner(std::unique_ptr<httputil::HTTPMessageDelegate> inner) noexcept {
        inner_ = std::move(inner);
    }

private:
    std::unique_ptr<httputil::HTTPMessageDelegate> inner_;
};

}  // namespace tornado::httpserver
