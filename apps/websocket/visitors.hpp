#pragma once

#include <tornado/ioloop.hpp>

#include <cstddef>
#include <map>
#include <string>

namespace talk {

/// What each address may do, over all its connections to this process: whoever asks too much does
/// not gain by coming again, or by coming many times.
///
/// Thread safety: one loop, one thread.
class Visitors {
public:
    /// False when there are too many connections from there.
    [[nodiscard]] bool come(const std::string& address);
    /// For each that has come.
    void leave(const std::string& address);
    /// Takes `cost` from what an address may ask; false, and takes nothing, when that is too much.
    [[nodiscard]] bool spend(const std::string& address, unsigned cost);
    [[nodiscard]] std::size_t size() const noexcept { return visitors_.size(); }

private:
    struct Visitor {
        std::size_t connections = 0;
        unsigned allowance = 0;
        tornado::ioloop::TimePoint refilled;
    };
    Visitor& visitor(const std::string& address);
    void forget_the_rested();

    std::map<std::string, Visitor> visitors_;
    std::size_t forget_at_ = 1'000;
};

}  // namespace talk
