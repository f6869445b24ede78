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
    /// As the count of a streaming read: all that comes until the peer closes.
    static constexpr auto until_close = static_cast<std::size_t>(-1);

    Operations(StreamRef core, const StreamOptions& options);
    ~Operations();

    Future<void> connect(const netutil::Address& address);
    Future<void> wait_for_handshake();
    Future<std::string> read(ReadRequest request);
    Future<std::size_t> read_into(std::span<char> into, bool partial);
    Future<void> read_streaming(std::size_t count, StreamingCallback callback);
    Future<void> write(std::string data);
    Future<void> write(std::string_view data, std::shared_ptr<const void> owner);
    Future<void>
    write_file(netutil::Socket file, std::uint64_t offset, std::optional<std::size_t> count);
    void close(std::error_code reason);
    void set_close_callback(util::UniqueFunction<void()> callback);

    [[nodiscard]] bool closed() const noexcept { return core_->closed(); }
    [[nodiscard]] bool reading() const noexcept { return request_ || streaming_ != nullptr; }
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

    /// A read that hands its input to a callback. The callback may end the stream, and what it
    /// has started may outlive it.
    struct StreamingRead {
        Operations* owner;  ///< null once the read is over
        std::size_t left;
        util::UniqueFunction<Future<void>(std::string_view)> callback;
        Promise<void> promise = {};
        bool waits = false;  ///< for the future that the callback has returned
    };

    /// The least room for input worth a system call.
    static constexpr std::size_t least_room = 1024;

    template <typename F>
    Future<void> begin_connecting(F start);
    void connected(std::error_code error);

    void on_input() override;
    void on_end(std::error_code error) override;
    void on_sent() override;

    void begin_reading();
    void check_not_reading() const;
    /// Settles the pending read if the buffer allows. False when it must wait.
    bool try_read();
    void finish_read(std::size_t count);
    void end_request();
    void fail_read();
    /// Makes the string of a large read, to be filled directly.
    void make_target();
    /// Lets the pending read's memory be filled directly, if that is worth it.
    bool read_directly();
    /// What has come directly satisfies the read. False when it must wait.
    bool try_direct_read();
    /// What has come directly becomes unread input again. False when it is lost for want of memory.
    [[nodiscard]] bool take_direct_input_back();
    /// For a read that is cancelled, or could not be begun.
    void take_read_back();
    /// Gives the streaming read what is there. This may be gone afterwards.
    void hand_out();
    static void wait_for_callback(std::shared_ptr<StreamingRead> read, const Future<void>& started);
    void end_streaming(std::exception_ptr failure);
    /// Closes the stream because the pending read cannot be satisfied, which fails whatever it has.
    void give_up(StreamErrc reason);
    void read_more();
    void check_writable(std::size_t size) const;
    Future<void> send();
    void listen_for_close();
    void tell_closed();

    StreamRef core_;
    StreamOptions options_;
    std::optional<ReadRequest> request_;
    std::optional<Promise<std::string>> string_read_;
    std::optional<Promise<std::size_t>> count_read_;
    std::optional<std::size_t> direct_;  ///< how much of the read's memory was filled when direct
                                         ///< reading began
    std::string text_;                   ///< what a read fills directly for its caller
    bool large_input_ = false;           ///< the last that came filled a usual block
    std::shared_ptr<StreamingRead> streaming_;
    std::optional<Promise<void>> connecting_;
    std::deque<PendingWrite> writes_;
    util::UniqueFunction<void()> close_callback_;
    std::error_code error_;
};

}  // namespace tornado::iostream
