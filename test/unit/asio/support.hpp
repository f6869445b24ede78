#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <future>
#include <thread>
#include <utility>

#include "../ioloop/support.hpp"
#include "tornado/util/unique_function.hpp"

/// An Asio operation that ends when the test says so, and only notes that it was asked to.
class ManualOperation {
public:
    template <typename Token>
    auto async_run(Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, int)>(
            [this](auto handler) {
                auto slot = boost::asio::get_associated_cancellation_slot(handler);
                if (slot.is_connected()) {
                    slot.assign([this](boost::asio::cancellation_type) { ++cancellations; });
                }
                end_ = [kept = std::move(handler)](auto error, int result) mutable {
                    std::move(kept)(error, result);
                };
            },
            token
        );
    }

    [[nodiscard]] bool pending() const { return static_cast<bool>(end_); }
    void end(int result) { std::exchange(end_, {})(boost::system::error_code{}, result); }
    void fail(const boost::system::error_code& error) { std::exchange(end_, {})(error, 0); }
    /// Forgets the completion handler.
    void drop() { end_.reset(); }

    int cancellations = 0;

private:
    tornado::util::UniqueFunction<void(boost::system::error_code, int)> end_;
};

/// An io_context that another thread runs.
class ForeignContext {
public:
    ForeignContext() : thread_{[this] { context.run(); }} {}
    ~ForeignContext() { finish(); }
    ForeignContext(const ForeignContext&) = delete;
    ForeignContext& operator=(const ForeignContext&) = delete;

    /// Waits until all that it does is done.
    void finish() {
        work_.reset();
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    [[nodiscard]] std::thread::id thread() const { return id_; }

    boost::asio::io_context context{1};

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        context.get_executor()};
    std::thread thread_;
    std::thread::id id_ = thread_.get_id();
};

/// Two connected sockets.
struct SocketPair {
    using Socket = boost::asio::local::stream_protocol::socket;

    explicit SocketPair(boost::asio::io_context& context) : near{context}, far{context} {
        boost::asio::local::connect_pair(near, far);
    }
    Socket near;
    Socket far;
};
