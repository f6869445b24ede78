#pragma once

#include <csignal>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::process::tool {

/// Takes the signals that ask the program to end (SIGHUP, SIGINT, SIGTERM), as long as it lives.
/// Those that are ignored stay so.
class EndSignals {
public:
    /// `from_terminal`: the terminal has sent it, to all processes in its foreground.
    using Handler = util::UniqueFunction<void(int signal, bool from_terminal)>;

    /// Before any other thread is made.
    EndSignals(ioloop::IOLoop& loop, Handler handler);
    ~EndSignals();
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

private:
    void read();

    ioloop::IOLoop& loop_;
    Handler handler_;
    sigset_t former_{};
    int fd_ = -1;
};

}  // namespace tornado::process::tool
