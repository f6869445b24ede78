#include "tornado/tcpserver/drain.hpp"

#include <csignal>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"

namespace tornado::tcpserver {

SignalDrain::SignalDrain(
    util::UniqueFunction<Future<void>()> drain,
    util::UniqueFunction<void()> cut_off
)
    : drain_{std::move(drain)},
      cut_off_{std::move(cut_off)} {
    for (const auto& [signal, name] :
         {std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGINT, "SIGINT"}}) {
        if (!ioloop::is_signal_ignored(signal)) {
            handlers_.emplace_back(signal, [this, name = name] { signalled(name); });
        }
    }
}

void SignalDrain::signalled(const char* name) {
    auto& loop = ioloop::IOLoop::current();
    if (std::exchange(draining_, true)) {
        log::gen_log().warning(name, " again: stopping at once");
        cut_off_();
        loop.stop();
        return;
    }
    log::gen_log().info(name, ": stopping once what is in progress has ended");
    drain_().add_done_callback([&loop](const Future<void>& drained) {
        if (!drained.cancelled()) {
            loop.stop();
        }
    });
}

}  // namespace tornado::tcpserver
