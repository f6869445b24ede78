#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/iostream.hpp"

namespace tornado::iostream {

/// What goes wrong with the bytes that go one way through a MemoryPair. Places count all bytes from
/// the beginning of the connection.
struct WireFaults {
    std::size_t capacity = 65'536;  ///< bytes under way: a writer whose peer never reads waits
    ioloop::Duration delay = {};    ///< from the write to the arrival, on the loop's clock
    std::optional<std::uint64_t> end_after =
        std::nullopt;            ///< there the reader sees the end, and what follows is lost
    std::size_t piece_size = 0;  ///< what one read gets at most, 1: every byte alone; 0: no limit
    std::optional<std::uint64_t> reset_after =
        std::nullopt;  ///< there both ends see the connection reset
    std::optional<std::uint64_t> split_at = std::nullopt;  ///< no read goes beyond this place
};

/// One direction of a MemoryPair.
///
/// Ownership: shared with both ends, which it may outlive.
class MemoryWire {
public:
    class Impl;
    explicit MemoryWire(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

    /// To be changed at any time; what has arrived already stays.
    [[nodiscard]] WireFaults& faults() const noexcept;
    /// The writer's end sends no more, and the reader sees the end after what is under way.
    void end() const;
    /// Both ends see the connection reset, at once.
    void reset() const;
    /// Bytes that have been written, and that have been read.
    [[nodiscard]] std::uint64_t written() const noexcept;
    [[nodiscard]] std::uint64_t read() const noexcept;

private:
    std::shared_ptr<Impl> impl_;
};

/// Two streams of one loop, connected in memory.
struct MemoryPair {
    IOStream first;
    IOStream second;
    MemoryWire to_first;
    MemoryWire to_second;
};

/// Makes a connection without a socket, on this thread's loop, for tests: it does the same in each
/// run, and what happens once in a year to a real one happens on demand.
///
/// The streams have no descriptor and no addresses, and their loop's clock is the only clock; all
/// else is as with sockets, start_tls() and release() among it.
///
///     auto pair = memory_pair({.split_at = 3});
///     serve(std::move(pair.first));
///     co_await pair.second.write("GET / HTTP/1.0\r\n\r\n");
[[nodiscard]] MemoryPair
memory_pair(WireFaults to_first = {}, WireFaults to_second = {}, StreamOptions options = {});

}  // namespace tornado::iostream
