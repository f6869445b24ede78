#pragma once

#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tornado/iostream/memory_pair.hpp"

namespace tornado::iostream {

/// What an end of a wire hears of it.
class WireEnd {
public:
    /// It can read or write more than before.
    virtual void wire_changed() = 0;

protected:
    ~WireEnd() = default;
};

/// The bytes under way from one end to the other, and what befalls them.
class MemoryWire::Impl : public std::enable_shared_from_this<MemoryWire::Impl> {
public:
    Impl(ioloop::IOLoop& loop, const WireFaults& first_faults)
        : faults{first_faults},
          loop_{loop} {}

    [[nodiscard]] bool can_read() const noexcept {
        return reset_ || readable() != 0 || at_end() || at_reset();
    }
    [[nodiscard]] bool can_write() const noexcept {
        return reset_ || reader == nullptr || room() != 0;
    }

    /// As Transport::receive() and send() do.
    std::size_t receive(std::span<char> into, std::error_code& error);
    std::size_t send(std::string_view bytes, std::error_code& error);
    void end();
    void reset();
    void reader_has_gone();

    [[nodiscard]] std::uint64_t written() const noexcept { return read_ + under_way(); }
    [[nodiscard]] std::uint64_t read() const noexcept { return read_; }

    WireFaults faults;
    WireEnd* reader = nullptr;  ///< null when it has closed its stream, as the writer below
    WireEnd* writer = nullptr;
    std::weak_ptr<Impl> back;  ///< the other direction

private:
    /// Bytes that have arrived, and that the next read may get.
    [[nodiscard]] std::size_t readable() const noexcept;
    [[nodiscard]] std::size_t room() const noexcept;
    [[nodiscard]] bool at_end() const noexcept {
        return (ended_ && under_way() == 0) || (faults.end_after && read_ >= *faults.end_after);
    }
    [[nodiscard]] bool at_reset() const noexcept {
        return faults.reset_after && read_ >= *faults.reset_after;
    }
    [[nodiscard]] std::size_t under_way() const noexcept { return bytes_.size() - begin_; }
    void arrive(std::size_t count);
    void break_off();

    ioloop::IOLoop& loop_;
    std::string bytes_;        ///< under way and arrived
    std::size_t begin_ = 0;    ///< those before have been read
    std::size_t arrived_ = 0;  ///< how many may be read
    std::uint64_t read_ = 0;
    bool ended_ = false;
    bool reset_ = false;
};

}  // namespace tornado::iostream
