#include "memory_wire.hpp"

#include <algorithm>
#include <cstring>

namespace tornado::iostream {

namespace {

void tell(WireEnd* end) {
    if (end != nullptr) {
        end->wire_changed();
    }
}

}  // namespace

std::size_t MemoryWire::Impl::readable() const noexcept {
    auto count = arrived_;
    if (faults.piece_size != 0) {
        count = std::min(count, faults.piece_size);
    }
    for (const auto& place : {faults.end_after, faults.reset_after, faults.split_at}) {
        if (place && read_ < *place) {
            count = static_cast<std::size_t>(std::min<std::uint64_t>(count, *place - read_));
        }
    }
    return count;
}

std::size_t MemoryWire::Impl::room() const noexcept {
    return faults.capacity - std::min(faults.capacity, under_way());
}

std::size_t MemoryWire::Impl::receive(std::span<char> into, std::error_code& error) {
    if (at_reset()) {
        break_off();
    }
    if (reset_) {
        error = make_error_code(std::errc::connection_reset);
        return 0;
    }
    if (at_end()) {
        return 0;
    }
    const auto count = std::min(into.size(), readable());
    if (count == 0) {
        error = make_error_code(std::errc::operation_would_block);
        return 0;
    }
    std::memcpy(into.data(), bytes_.data() + begin_, count);
    begin_ += count;
    arrived_ -= count;
    read_ += count;
    if (begin_ > bytes_.size() / 2) {
        bytes_.erase(0, std::exchange(begin_, 0));
    }
    if (at_reset()) {
        break_off();
    }
    tell(writer);
    return count;
}

std::size_t MemoryWire::Impl::send(std::string_view bytes, std::error_code& error) {
    if (reset_ || reader == nullptr || ended_) {
        error = make_error_code(reset_ ? std::errc::connection_reset : std::errc::broken_pipe);
        return 0;
    }
    if (faults.end_after && written() >= *faults.end_after) {
        return bytes.size();  // nobody will ever see it
    }
    const auto count = std::min(bytes.size(), room());
    bytes_.append(bytes.substr(0, count));
    if (faults.delay == ioloop::Duration{}) {
        arrive(count);
    } else if (count != 0) {
        loop_.call_later(faults.delay, [self = shared_from_this(), count] { self->arrive(count); });
    }
    return count;
}

void MemoryWire::Impl::arrive(std::size_t count) {
    arrived_ += count;
    tell(reader);
}

void MemoryWire::Impl::end() {
    ended_ = true;
    tell(reader);
}

void MemoryWire::Impl::reader_has_gone() {
    tell(writer);
}

void MemoryWire::Impl::reset() {
    break_off();
    tell(reader);
}

/// Of this end only the other hears: the reader sees it when it reads on.
void MemoryWire::Impl::break_off() {
    reset_ = true;
    if (const auto other = back.lock()) {
        other->reset_ = true;
    }
    tell(writer);
}

WireFaults& MemoryWire::faults() const noexcept {
    return impl_->faults;
}
void MemoryWire::end() const {
    impl_->end();
}
void MemoryWire::reset() const {
    impl_->reset();
}
std::uint64_t MemoryWire::written() const noexcept {
    return impl_->written();
}
std::uint64_t MemoryWire::read() const noexcept {
    return impl_->read();
}

}  // namespace tornado::iostream
