#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tornado/ioloop/events.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/output_queue.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::ioloop {
class IOLoop;
}

namespace tornado::netutil {
class SSLContext;
}

namespace tornado::iostream {

class StreamCore;
class TlsSession;
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
    /// Sending has failed. What has come before can still be read by who calls drop_output().
    virtual void on_send_failed(std::error_code error) { on_end(error); }
    /// Output that had to wait has gone, at least in part.
    virtual void on_sent() = 0;

protected:
    ~StreamEngine() = default;
};

/// Whoever counts streams that others run: told once, when the stream closes, from within close().
class CloseWatcher {
public:
    virtual void stream_closed() noexcept = 0;

protected:
    ~CloseWatcher() = default;
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
    /// non-blocking. Where `is_tcp`, it is known to be one of TCP, and the system need not be
    /// asked.
    static StreamRef open(ioloop::IOLoop& loop, netutil::Socket socket, bool is_tcp = false);

    explicit StreamCore(std::unique_ptr<Transport> transport);
    StreamCore(const StreamCore&) = delete;
    StreamCore& operator=(const StreamCore&) = delete;
    ~StreamCore();

    /// Whom to tell; null for nobody.
    void set_engine(StreamEngine* engine) noexcept { engine_ = engine; }
    /// Whom to tell that the stream has closed, whoever its engine is; null for nobody.
    void set_close_watcher(CloseWatcher* watcher) noexcept { watcher_ = watcher; }
    /// Tells the engine that the connection is over, for a reason of the program's own.
    void abort(std::error_code reason);

    // Input

    [[nodiscard]] InputBuffer& input() noexcept { return input_; }
    /// Asks for more input; harmless while it is awaited already. on_input() or on_end() answers.
    /// At least `room` bytes can come at once. on_input() waits for `enough` bytes, as long as they
    /// come without a pause.
    void start_reading(std::size_t room = 1, std::size_t enough = 1);
    /// The same, straight into `target`, until end_reading_into(): nothing may be unread.
    /// on_input() comes when it holds `enough` bytes.
    void start_reading_into(std::span<char> target, std::size_t enough);
    /// Input goes to input() again. Returns the end of what the target holds.
    char* end_reading_into() noexcept;
    [[nodiscard]] bool is_reading() const noexcept { return reading_; }
    /// While input is awaited: looks whether some has come of which the engine is yet to hear. If
    /// so it is in input(), and reading has paused; on_input() does not come then.
    [[nodiscard]] bool receive_now();

    // Output

    /// Where to append what shall be sent; flush() sends it.
    [[nodiscard]] std::string& output() { return output_.tail(); }
    /// Queues a block, without copying it when it is large.
    void append_block(std::string block) { output_.append(std::move(block)); }
    /// The same for bytes that `owner` keeps.
    void append_shared(std::string_view bytes, std::shared_ptr<const void> owner) {
        output_.append(bytes, std::move(owner));
    }
    /// Queues a part of a file. When the file turns out to be shorter, on_end() says so.
    void append_file(netutil::Socket file, std::uint64_t offset, std::size_t count) {
        output_.append_file(std::move(file), offset, count);
    }
    /// The same for a file that is open for as long as `owner` lives.
    void append_file(
        int file,
        std::shared_ptr<const void> owner,
        std::uint64_t offset,
        std::size_t count
    ) {
        output_.append_file(file, std::move(owner), offset, count);
    }
    /// Sends what is queued, with one system call if the peer takes it; what it does not take goes
    /// when it can.
    void flush();
    /// Drops what is unsent, and leaves the connection open.
    void drop_output() noexcept;
    /// Bytes not sent yet.
    [[nodiscard]] std::size_t unsent() const noexcept { return output_.unsent(); }
    /// Those of them that take memory, which a file's do not.
    [[nodiscard]] std::size_t unsent_in_memory() const noexcept { return output_.in_memory(); }
    /// All bytes sent since the beginning.
    [[nodiscard]] std::uint64_t sent_total() const noexcept { return output_.sent_total(); }
    /// Bytes sent that have not come to the peer's system yet, as far as the own one knows; on UNIX
    /// sockets those that the peer has not read. Asks the system. With TLS its records count.
    [[nodiscard]] std::size_t unacknowledged() const noexcept;

    // The connection

    /// Sends FIN, once what is queued has gone: the peer sees the end of our side. Input goes on.
    void shutdown_output() noexcept;
    /// Closes at once and drops what is unsent. The engine is not told. Input that came before
    /// stays readable. When all has been sent and the peer takes not even the end of TLS now, the
    /// descriptor stays open until it does, for ten seconds at most.
    void close() noexcept;
    [[nodiscard]] bool closed() const noexcept { return transport_ == nullptr; }
    /// Makes close() tell the peer of an error instead of an orderly end: a TCP RST, and no
    /// close_notify of TLS. Output that the peer has not taken yet is lost. Other sockets than TCP
    /// know no such end.
    void set_reset_on_close() noexcept;
    /// Asks the system whether the peer has reset the connection: for who does not read now, and
    /// would not be told. The end of its output is no reset.
    [[nodiscard]] bool peer_has_reset() const noexcept;
    [[nodiscard]] int fileno() const noexcept;
    [[nodiscard]] netutil::Address peer_address() const noexcept;
    [[nodiscard]] netutil::Address local_address() const noexcept;
    void set_nodelay(bool on) noexcept;

    enum class TlsStart : std::uint8_t {
        now,            ///< the connection is there, or fails
        when_connected  ///< by connect()
    };
    /// From now on all bytes go through TLS. Reading, writing and connecting may be started at
    /// once; they wait for the handshake.
    /// `server_hostname` is what clients verify, and ask for. The context says which end this is.
    /// Throws std::logic_error when the stream is closed or connecting, or holds bytes that came or
    /// are to go without TLS; and std::invalid_argument when the name that is to be verified is
    /// missing.
    void start_tls(
        const netutil::SSLContext& context,
        const std::string& server_hostname,
        TlsStart start = TlsStart::now
    );
    /// `on_done(owner, error)` tells from the loop that the handshake is over, unless the stream is
    /// closed before. Not while connect() is under way: that tells the same.
    void await_handshake(void (*on_done)(void* owner, std::error_code error), void* owner);
    /// What TLS has agreed on, for as long as the stream is open; null without TLS.
    [[nodiscard]] const TlsSession* tls() const noexcept;

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

    struct Connecting {
        void (*tell)(void* owner, std::error_code error);
        void* owner;
        bool in_progress;
    };

    void readable();
    void end_of_input(std::error_code error);
    void writable();
    void wait_for_connection();
    void connected(std::error_code error);
    void update_waiting();
    void send_some();
    bool send_bytes(std::error_code& error);
    bool send_file(std::error_code& error);
    void wait_to_send();
    void fail(std::error_code error);
    static void end_later(std::unique_ptr<Transport> transport) noexcept;

    std::unique_ptr<Transport> transport_;
    StreamEngine* engine_ = nullptr;
    CloseWatcher* watcher_ = nullptr;
    InputBuffer input_;
    OutputQueue output_;
    std::unique_ptr<Connecting> connecting_;
    char* target_ = nullptr;  ///< where input goes instead of input_
    std::uint32_t room_ = 1;  ///< the least that the next read asks for; what target_ has room for
    std::uint32_t enough_ = 1;  ///< when so many more have come, the engine is told
    std::uint32_t references_ = 0;
    bool reading_ = false;
    bool has_come_ = false;  ///< input of which the engine is yet to be told
    bool waiting_to_write_ = false;
    bool ending_output_ = false;  ///< FIN waits until all has been sent
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
