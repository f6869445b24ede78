#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tornado::websocket {

/// Compresses the messages of one connection (RFC 7692, 7.2.1).
///
/// Without context takeover all connections of a thread with the same settings share one
/// compressor. With it, the compressor is the connection's own from the first message on, until
/// release(): the next message then begins with an empty window, as it always may.
///
/// Ownership: owns what it does not share. Thread safety: one object, one thread.
class Deflater {
public:
    struct Settings {
        bool context_takeover = false;
        int level = 6;         ///< 1, fast, to 9, small; 0: no compression
        int mem_level = 8;     ///< 1 to 9: memory for speed, 2^(9 + mem_level) bytes
        int window_bits = 15;  ///< 8 to 15: a window of 2^window_bits bytes
        bool operator==(const Settings&) const = default;
    };

    explicit Deflater(const Settings& settings) noexcept;
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    /// Appends a message's payload, compressed. Throws std::bad_alloc.
    void compress(std::string_view message, std::string& out);

    /// Gives a compressor of its own back.
    void release() noexcept;
    [[nodiscard]] bool holds_memory() const noexcept { return own_ != nullptr; }

    struct Stream;

private:
    Settings settings_;
    std::unique_ptr<Stream> own_;
};

/// Decompresses the messages of one connection (RFC 7692, 7.2.2).
///
/// Between messages it needs a decompressor only with context takeover; and then, once release()d,
/// only a copy of what the window holds.
///
/// Ownership: owns its decompressor while it has one. Thread safety: one object, one thread.
class Inflater {
public:
    enum class Outcome : std::uint8_t { done, corrupt, too_much };

    /// `window_bits`: 8 to 15, the window that the peer may use.
    Inflater(bool context_takeover, int window_bits) noexcept;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    /// Decompresses a part of a message to the end of `out`, which grows to no more than `limit`
    /// bytes.
    [[nodiscard]] Outcome add(std::string_view part, std::string& out, std::size_t limit);
    /// The same for what is left at the message's end.
    [[nodiscard]] Outcome finish(std::string& out, std::size_t limit);

    /// Gives the decompressor back between messages.
    void release();
    [[nodiscard]] bool holds_memory() const noexcept { return stream_ != nullptr; }

    struct Stream;

private:
    void begin();

    std::unique_ptr<Stream> stream_;
    std::string window_;  ///< what the peer may refer to, while there is no stream
    bool context_takeover_;
    bool began_ = false;  ///< the message has begun
    bool ended_ = false;  ///< the message ends, so far, with a block that says it is the last
    std::uint8_t window_bits_;
};

}  // namespace tornado::websocket
