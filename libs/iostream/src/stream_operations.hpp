#pragma once

#include <deque>
#include <optional>

#include "read_request.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/iostream/iostream.hpp"

namespace tornado::iostream {

/// The reads, writes and callbacks of one IOStream, which stay in place when the stream moves.
class IOStream::Operations final : public StreamEngine {
public:
    Operations(StreamRef core, const StreamOptions& options);
    ~Operations();

    Future<void> connect(const netutil::Address& address);
    Future<void> wait_for_handshake();
    Future<std::string> read(ReadRequest request);
    Future<std::size_t> read_into(std::span<char> into, bool partial);
    Future<void> write(std::string data);
    void close(std::error_code reason);
    void set_close_callback(util::UniqueFunction<void()> callback);

    [[nodiscard]] bool closed() const noexcept { return core_->closed(); }
    [[nodiscard]] bool reading() const noexcept { return request_.has_value(); }
    [[nodiscard]] bool writing() const noexcept {
        return core_->unsent() > 0 || connecting_.has_value();
    }
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    /// Lets the connection go, open.
    void release();

private:
    struct PendingWrite {
        std::uint64_t until;
        Promise<void> promise;
    };

    Future<void> begin_connecting();
    void connected(std::error_code error);

    void on_input() override;
    void on_end(std::error_code error) override;
    void on_sent() override;

    void begin_read(ReadRequest request);
    /// Settles the pending read if the buffer allows. False when it must wait.
    bool try_read();
    void finish_read(std::size_t count);
    void fail_read();
    /// Closes the stream because the pending read cannot be satisfied, which fails whatever it has.
    void give_up(StreamErrc reason);
    void read_more();
    void listen_for_close();
    void tell_closed();

    StreamRef core_;
    StreamOptions options_;
    std::optional<ReadRequest> request_;
    std::optional<Promise<std::string>> string_read_;
    std::optional<Promise<std::size_t>> count_read_;
    std::optional<Promise<void>> connecting_;
    std::deque<PendingWrite> writes_;
    util::UniqueFunction<void()> close_callback_;
    std::error_code error_;
};

}  // namespace tornado::iostream
