#include "reach_link.hpp"

#include <stdexcept>
#include <utility>

#include "broker_core.hpp"

namespace tornado::pubsub {

namespace {

/// How long what is heard at the beginning waits for what others of this machine have kept.
constexpr std::chrono::seconds host_patience{5};
/// How much of it may wait.
constexpr std::size_t max_held = 16 * 1024 * 1024;

}  // namespace

ReachLink::ReachLink(BrokerCore& core) : core_{core}, reach_{core.options().reach} {}

void ReachLink::open() {
    if (!core_.is_host_ready()) {
        holding_ = true;
        patience_.set(core_.loop(), core_.loop().time_after(host_patience));
    }
    reach_->open(*this);
}

void ReachLink::close() noexcept {
    closed_ = true;
    patience_.unset();
    reach_->close();
}

void ReachLink::publish(
    const std::string& /*topic*/,
    const std::shared_ptr<const std::string>& frame
) {
    reach_->publish(frame->substr(frame_length_size));
}

std::chrono::milliseconds ReachLink::whole_since(const std::string& /*topic*/) const {
    return reach_->whole_since();
}

bool ReachLink::is_ready() const {
    return !holding_ && reach_->whole_since() != std::chrono::milliseconds::max();
}

void ReachLink::received(std::string_view message) {
    if (closed_) {
        return;
    }
    if (!holding_) {
        take(message);
        return;
    }
    held_.emplace_back(message);
    held_bytes_ += message.size();
    if (held_bytes_ > max_held) {
        release_held();
    }
}

void ReachLink::release_held() {
    holding_ = false;
    held_bytes_ = 0;
    patience_.unset();
    const auto held = std::exchange(held_, {});
    for (const auto& message : held) {
        take(message);
    }
}

void ReachLink::take(std::string_view message) {
    const auto frame = decode(message);
    if (!frame || frame->kind != FrameKind::message) {
        core_.count_malformed(reach_->name());
        return;
    }
    try {
        core_.receive(*frame, true);
    } catch (const std::invalid_argument&) {
        core_.count_malformed(reach_->name());  // the topic is none
    }
}

}  // namespace tornado::pubsub
