#include "tornado/ioloop/loop_guest.hpp"

#include <algorithm>

#include "loop_impl.hpp"

namespace tornado::ioloop {

LoopGuest::LoopGuest(IOLoop& loop) : host_{&loop} {
    loop.impl().add_guest(*this);
}

void LoopGuest::leave() noexcept {
    if (auto* const host = std::exchange(host_, nullptr)) {
        host->impl().remove_guest(*this);
    }
}

void IOLoop::Impl::add_guest(LoopGuest& guest) {
    if (closed()) {
        throw std::logic_error{"the IOLoop is closed: it serves no other event loop"};
    }
    guests_.push_back(&guest);
    wake();
}

void IOLoop::Impl::remove_guest(LoopGuest& guest) noexcept {
    const auto found = std::find(guests_.begin(), guests_.end(), &guest);
    if (found == guests_.end()) {
        return;
    }
    if (turns_ == 0) {
        guests_.erase(found);
    } else {
        *found = nullptr;  // they may be being told of the turn
    }
}

void IOLoop::Impl::begin_turn() noexcept {
    for (std::size_t i = 0; i < guests_.size(); ++i) {
        if (guests_[i] != nullptr) {
            guests_[i]->turn_begins();
        }
    }
}

void IOLoop::Impl::end_turn() noexcept {
    for (std::size_t i = 0; i < guests_.size(); ++i) {
        if (guests_[i] != nullptr) {
            guests_[i]->turn_ends();
        }
    }
    std::erase(guests_, nullptr);
}

void IOLoop::Impl::dismiss_guests() noexcept {
    while (!guests_.empty()) {
        if (auto* const guest = std::exchange(guests_.back(), nullptr)) {
            guest->host_ = nullptr;
            guest->host_closes();
        }
        guests_.pop_back();
    }
}

}  // namespace tornado::ioloop
