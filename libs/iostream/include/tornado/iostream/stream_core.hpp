#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tornado/ioloop/events.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::ioloop {
class IOLoop;
}

namespace tornado::iostream {

class StreamCore;
class Transport;

/// What a stream tells the protocol that runs on it. Calls come from the loop, never from within a
/// call to the stream.
class StreamEngine {
public:
    /// New bytes are in input(). Reading has paused: call start_reading() for more.
    virtual void on_input() = 0;
    /// No more input will come: the peer has ended its side (no error), or the connection is gone
    /// (an error).
    virtual void on_end(std::error_code error) = 0;
    /// Output that had to wait has gone, at least in part.
    virtual void on_sent() = 0;

protected:
    ~StreamEngine() = default;
};

/// Counts references to a StreamCore; the last one destroys it.
class StreamRef {
public:
    StreamRef() noexcept = default;
    explicit StreamRef(StreamCore* core) noexcept;
    StreamRef(const StreamRef& other) noexcept : StreamRef{other.core_} {}
    StreamRef(StreamRef&& other) noexcept : core_{std::exchange(other.core_, nullptr)} {}
    StreamRef& operator=(StreamRef other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~StreamRef();

    [[nodiscard]] StreamCore* get() const noexcept { return core_; }
    StreamCore* operator->() const noexcept { return core_; }
    StreamCore& operator*() const noexcept { return *core_; }
    explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    StreamCore* core_ = nullptr;
};

/// A connection as protocol engines see it: bytes received, to be parsed in place, and bytes to
/// send, gathered.
///
/// IOStream is built on this; an engine that parses in place (HTTP/1 does) uses it directly. A
/// stream holds memory for input only while some of it is unread.
///
/// Ownership: shared by StreamRef; the engine is the caller's and outlives its time here. A stream
/// that awaits input, or waits to send, keeps itself until it is closed; its loop closes it at its
/// own end, without telling the engine.
/// Thread safety: belongs to its loop's thread.
class StreamCore {
public:
    /// Takes over an open, connected socket (or one that will be connected) and makes it
    /// non-blocking.
    static StreamRef open(ioloop::IOLoop& loop, netutil::Socket socket);

    explicit StreamCore(std::unique_ptr<Transport> transport);
    StreamCore(const StreamCore&) = delete;
    StreamCore& operator=(const StreamCore&) = delete;
    ~StreamCore();

    /// Whom to tell; null for nobody.
    void set_engine(StreamEngine* engine) noexcept { engine_ = engine; }

    // Input

    [[nodiscard]] InputBuffer& input() noexcept { return input_; }
    /// Asks for more input; harmless while it is awaited already. on_input() or on_end() answers.
    /// At least `room` bytes can come at once, unless it was awaited with less.
    void start_reading(std::size_t room = 1);
    [[nodiscard]] bool is_reading() const noexcept { return reading_; }

    // Output

    /// Where to append what shall be sent; flush() sends it.
    [[nodiscard]] std::string& output();
    /// Queues a large block without copying it.
    void append_block(std::string block);
    /// Sends what is queued, with one system call if the peer takes it; what it does not take goes
    /// when it can.
    void flush();
    /// Bytes not sent yet.
    [[nodiscard]] std::size_t unsent() const noexcept {
        return (tail_.size() - tail_sent_) + blocks_unsent_;
    }
    /// All bytes sent since the beginning.
    [[nodiscard]] std::uint64_t sent_total() const noexcept { return sent_total_; }

    // The connection

    /// Sends FIN: the peer sees the end of our side. Input goes on.
    void shutdown_output() noexcept;
    /// Closes at once and drops what is unsent. The engine is not told. Input that came before
    /// stays readable.
    void close() noexcept;
    [[nodiscard]] bool closed() const noexcept { return transport_ == nullptr; }
    /// Makes close() tell the peer of an error (TCP RST) instead of an orderly end. Output that the
    /// peer has not taken yet is lost. Ignored on other sockets than TCP.
    void set_reset_on_close() noexcept;
    [[nodiscard]] int fileno() const noexcept;
    [[nodiscard]] netutil::Address peer_address() const noexcept;
    void set_nodelay(bool on) noexcept;

    /// Starts to connect a new socket to `address`; `on_connected(owner, error)` answers from the
    /// loop, unless the stream is closed before.
    void connect(
        const netutil::Address& address,
        void (*on_connected)(void* owner, std::error_code error),
        void* owner
    );

    // For transports

    /// Some of what the transport was asked to wait for has come; Events::none: the loop closes.
    void ready(ioloop::Events events);

private:
    friend class StreamRef;

    struct Block {
        std::string bytes;
        std::size_t sent = 0;
    };

    struct Connecting {
        void (*tell)(void* owner, std::error_code error);
        void* owner;
        bool in_progress;
    };

    void readable();
    void writable();
    void connected(std::error_code error);
    void update_waiting();
    void send_some();
    void mark_sent(std::size_t count) noexcept;
    std::size_t mark_blocks_sent(std::size_t count) noexcept;
    void fail(std::error_code error);
    void give_tail_back() noexcept;

    std::unique_ptr<Transport> transport_;
    StreamEngine* engine_ = nullptr;
    InputBuffer input_;
    std::string tail_;  ///< the bytes gathered last, behind blocks_
    std::size_t tail_sent_ = 0;
    std::unique_ptr<std::vector<Block>> blocks_;
    std::size_t first_block_ = 0;  ///< those before it are sent
    std::size_t blocks_unsent_ = 0;
    std::uint64_t sent_total_ = 0;
    std::unique_ptr<Connecting> connecting_;
    std::uint32_t room_ = 1;  ///< the least that the next read asks for
    std::uint32_t references_ = 0;
    bool reading_ = false;
    bool waiting_to_write_ = false;
    bool failing_ = false;  ///< sending has found an error, of which the engine is yet to be told
    bool kept_ = false;     ///< holds a reference to itself
};

inline StreamRef::StreamRef(StreamCore* core) noexcept : core_{core} {
    if (core_ != nullptr) {
        ++core_->references_;
    }
}
inline StreamRef::~StreamRef() {
    if (core_ != nullptr && --core_->references_ == 0) {
        delete core_;
    }
}

}  // namespace tornado::iostream
