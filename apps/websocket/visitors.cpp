#include "visitors.hpp"

#include <algorithm>
#include <cstdint>

#include "limits.hpp"

namespace talk {

namespace ioloop = tornado::ioloop;

Visitors::Visitor& Visitors::visitor(const std::string& address) {
    const auto now = ioloop::IOLoop::current().time();
    const auto [found, is_new] = visitors_.try_emplace(address);
    auto& visitor = found->second;
    if (is_new) {
        visitor.allowance = address_burst;
        visitor.refilled = now;
    }
    const auto earned = (now - visitor.refilled) / address_refill;
    visitor.refilled += earned * address_refill;
    visitor.allowance =
        static_cast<unsigned>(std::min<std::int64_t>(visitor.allowance + earned, address_burst));
    return visitor;
}

bool Visitors::come(const std::string& address) {
    if (visitors_.size() >= forget_at_) {
        forget_the_rested();
    }
    auto& its = visitor(address);
    if (its.connections >= most_connections_of_address) {
        return false;
    }
    ++its.connections;
    return true;
}

void Visitors::leave(const std::string& address) {
    --visitor(address).connections;
}

bool Visitors::spend(const std::string& address, unsigned cost) {
    auto& its = visitor(address);
    if (its.allowance < cost) {
        return false;
    }
    its.allowance -= cost;
    return true;
}

/// Those who are not there and may ask all that one may: nothing need be known of them.
void Visitors::forget_the_rested() {
    const auto now = ioloop::IOLoop::current().time();
    std::erase_if(visitors_, [now](const auto& each) {
        return each.second.connections == 0 &&
               now - each.second.refilled >= address_burst * address_refill;
    });
    forget_at_ = std::max<std::size_t>(1'000, 2 * visitors_.size());
}

}  // namespace talk
