#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "link.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/pubsub/reach.hpp"

namespace tornado::pubsub {

class BrokerCore;

/// The way through a Reach of another library.
///
/// What is heard at the beginning waits until what others of this machine have kept is here: that
/// is older, and would be refused behind it.
class ReachLink final : public Link, private ReachObserver {
public:
    explicit ReachLink(BrokerCore& core);

    void open() override;
    void close() noexcept override;
    void publish(const std::string& topic, const std::shared_ptr<const std::string>& frame)
        override;
    [[nodiscard]] std::chrono::milliseconds whole_since(const std::string& topic) const override;
    [[nodiscard]] bool is_ready() const override;
    [[nodiscard]] bool is_flushed() const override { return reach_->is_flushed(); }
    void host_is_ready() override { release_held(); }
    void count(BrokerCounters& /*counters*/) const override {}

private:
    struct Patience : ioloop::Alarm {
        explicit Patience(ReachLink& its)
            : Alarm{[](Alarm& alarm) { static_cast<Patience&>(alarm).link.release_held(); }},
              link{its} {}
        ReachLink& link;
    };

    void received(std::string_view message) override;
    void take(std::string_view message);
    void release_held();

    BrokerCore& core_;
    std::shared_ptr<Reach> reach_;
    std::deque<std::string> held_;
    std::size_t held_bytes_ = 0;
    bool holding_ = false;
    bool closed_ = false;
    Patience patience_{*this};
};

}  // namespace tornado::pubsub
