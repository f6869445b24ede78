#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "descriptor_transport.hpp"
#include "tornado/util/without_sigpipe.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

class PipeTransport final : public DescriptorTransport {
public:
    PipeTransport(ioloop::IOLoop& loop, netutil::Socket descriptor)
        : DescriptorTransport{loop, std::move(descriptor)},
          write_only_{(::fcntl(fileno(), F_GETFL) & O_ACCMODE) == O_WRONLY} {}

    std::size_t receive(std::span<char> into, std::error_code& error) noexcept override {
        if (write_only_) {
            return receive_end(error);
        }
        while (true) {
            const auto count = ::read(fileno(), into.data(), into.size());
            if (count >= 0) {
                // A terminal gives a line at a time: there may be more than it gave.
                return static_cast<std::size_t>(count);
            }
            if (errno == EINTR) {
                continue;
            }
            error = last_error();
            used_up(Events::read);
            return 0;
        }
    }

    std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept override {
        util::WithoutSigpipe no_signal;
        while (true) {
            const auto count = ::writev(fileno(), pieces.data(), static_cast<int>(pieces.size()));
            if (count >= 0) {
                if (static_cast<std::size_t>(count) == size_of(pieces)) {
                    no_signal.none_was_raised();
                }
                return static_cast<std::size_t>(count);
            }
            if (errno == EINTR) {
                continue;
            }
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                no_signal.none_was_raised();
                used_up(Events::write);
                return 0;
            }
            error = last_error();
            return 0;
        }
    }

    void shutdown_output() noexcept override {}  // only closing ends a pipe

    std::error_code connect(const netutil::Address&) noexcept override {
        return make_error_code(std::errc::not_a_socket);
    }
    std::error_code outcome_of_connect() noexcept override {
        return make_error_code(std::errc::not_a_socket);
    }

private:
    /// Of a pipe for writing only the end can be seen: that of its readers.
    std::size_t receive_end(std::error_code& error) noexcept {
        if (!peer_has_ended()) {
            error = make_error_code(std::errc::operation_would_block);
            used_up(Events::read);
        }
        return 0;
    }

    bool write_only_;
};

}  // namespace

std::unique_ptr<Transport> make_pipe_transport(ioloop::IOLoop& loop, netutil::Socket descriptor) {
    return std::make_unique<PipeTransport>(loop, std::move(descriptor));
}

}  // namespace tornado::iostream
