#include "tornado/websocket/group.hpp"

#include <algorithm>
#include <memory>

#include "tornado/websocket/shared_message.hpp"
#include "tornado/websocket/websocket_handler.hpp"

namespace tornado::websocket {

namespace {

/// How far ahead of a member's turn what it needs is fetched from memory: its handler first, which
/// leads to its connection, which leads to its stream.
constexpr std::size_t handler_ahead = 12;
constexpr std::size_t connection_ahead = 8;
constexpr std::size_t stream_ahead = 4;

}  // namespace

// Groups

Group::~Group() {
    for (auto* const member : members_) {
        if (member != nullptr) {
            auto& theirs = member->memberships_->all_;
            theirs.erase(theirs.begin() + (member->memberships_->find(*this) - theirs.data()));
        }
    }
}

void Group::add(WebSocketHandler& member) {
    auto& memberships = member.memberships_;
    if (memberships == nullptr) {
        memberships = std::make_unique<Memberships>();
    }
    if (memberships->find(*this) != nullptr) {
        return;
    }
    memberships->all_.reserve(memberships->all_.size() + 1);
    members_.push_back(&member);
    memberships->all_.push_back({this, static_cast<std::uint32_t>(members_.size() - 1)});
}

void Group::remove(WebSocketHandler& member) noexcept {
    if (member.memberships_ == nullptr) {
        return;
    }
    if (auto* const found = member.memberships_->find(*this)) {
        auto& theirs = member.memberships_->all_;
        const auto place = found->place;
        theirs.erase(theirs.begin() + (found - theirs.data()));
        forget(place);
    }
}

bool Group::contains(const WebSocketHandler& member) const noexcept {
    return member.memberships_ != nullptr && member.memberships_->find(*this) != nullptr;
}

void Group::forget(std::uint32_t place) noexcept {
    members_[place] = nullptr;
    ++gone_;
    if (gone_ * 2 > members_.size()) {
        close_gaps();
    }
}

void Group::close_gaps() noexcept {
    std::uint32_t place = 0;
    for (auto* const member : members_) {
        if (member != nullptr) {
            member->memberships_->find(*this)->place = place;
            members_[place++] = member;
        }
    }
    members_.resize(place);
    gone_ = 0;
}

void Group::write_message(const SharedMessage& message, const WebSocketHandler* except) {
    const auto ahead = [this](std::size_t place) {
        return place < members_.size() ? members_[place] : nullptr;
    };
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (const auto* const far = ahead(i + handler_ahead)) {
            far->fetch_ahead();
        }
        if (const auto* const nearer = ahead(i + connection_ahead); nearer && nearer->connection_) {
            nearer->connection_->fetch_ahead();
        }
        if (const auto* const next = ahead(i + stream_ahead); next && next->connection_) {
            next->connection_->fetch_stream_ahead();
        }
        auto* const member = members_[i];
        if (member != nullptr && member != except && member->is_open()) {
            member->write_message(message);
        }
    }
}

void Group::write_message(std::string_view message, bool binary) {
    write_message(SharedMessage{message, binary});
}

// Memberships

Memberships::~Memberships() {
    for (const auto& [group, place] : all_) {
        group->forget(place);
    }
}

Memberships::Membership* Memberships::find(const Group& group) noexcept {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& membership) {
        return membership.group == &group;
    });
    return found != all_.end() ? &*found : nullptr;
}

}  // namespace tornado::websocket
