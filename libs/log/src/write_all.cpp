#include "write_all.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "tornado/util/without_sigpipe.hpp"

namespace tornado::log {

std::error_code write_all(int fd, std::string_view text, std::size_t* written) noexcept {
    std::size_t ignored = 0;
    auto& total = written != nullptr ? *written : ignored;
    total = 0;
    util::WithoutSigpipe no_signal;  // the reader of a pipe may have gone
    while (!text.empty()) {
        const auto count = ::write(fd, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
            total += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            // A terminal that somebody made non-blocking: stderr shares that with whoever else has
            // it open.
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return {errno, std::generic_category()};
        }
    }
    no_signal.none_was_raised();
    return {};
}

}  // namespace tornado::log
