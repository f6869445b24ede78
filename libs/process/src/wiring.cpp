#include "wiring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tornado::process {

using netutil::Socket;

Wiring::Wiring(const SubprocessOptions& options) {
    connect(STDIN_FILENO, options.stdin_);
    connect(STDOUT_FILENO, options.stdout_);
    connect(STDERR_FILENO, options.stderr_);
}

Socket Wiring::take_own_end(std::size_t target) noexcept {
    return std::move(ours_[target]);
}

void Wiring::connect(std::size_t target, Stdio stdio) {
    auto& descriptor = descriptors_[target];
    switch (stdio.kind()) {
        case Stdio::Kind::inherited:
            break;
        case Stdio::Kind::descriptor:
            if (stdio.descriptor() < 0) {
                throw std::invalid_argument{
                    "a standard stream needs an open descriptor, Subprocess::STREAM or DEVNULL"};
            }
            descriptor = stdio.descriptor();
            break;
        case Stdio::Kind::null_device:
            descriptor = open_null_device(target);
            break;
        case Stdio::Kind::stream:
            descriptor = open_pipe(target);
            break;
        case Stdio::Kind::standard_output:
            if (target != STDERR_FILENO) {
                throw std::invalid_argument{"Subprocess::STDOUT is for stderr_ alone"};
            }
            descriptor = same_as_stdout;
            break;
    }
}

int Wiring::open_null_device(std::size_t target) {
    auto& theirs = theirs_[target];
    theirs = Socket{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!theirs) {
        throw std::system_error{errno, std::system_category(), "/dev/null"};
    }
    return theirs.fileno();
}

int Wiring::open_pipe(std::size_t target) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error{errno, std::system_category(), "pipe"};
    }
    Socket reader{ends[0]};
    Socket writer{ends[1]};
    const bool is_input = target == STDIN_FILENO;
    auto& theirs = theirs_[target];
    theirs = std::move(is_input ? reader : writer);
    ours_[target] = std::move(is_input ? writer : reader);
    return theirs.fileno();
}

}  // namespace tornado::process
