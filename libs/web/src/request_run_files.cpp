#include "request_course.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::web::detail {

namespace {

std::string
read_piece(const std::shared_ptr<netutil::Socket>& file, std::uint64_t offset, std::size_t size) {
    std::string piece(size, '\0');
    const auto got = ::pread(file->fileno(), piece.data(), size, static_cast<off_t>(offset));
    if (got < 0) {
        throw std::system_error{errno, std::system_category(), "cannot read the file"};
    }
    piece.resize(static_cast<std::size_t>(got));
    return piece;
}

}  // namespace

Future<void> RequestRun::write_file(
    int file,
    std::uint64_t offset,
    std::size_t count,
    std::shared_ptr<const void> owner
) {
    auto head = flush();
    if (is_head()) {
        return head;
    }
    if (!changes_body()) {
        return clocked(course_->exchange.write_file(file, offset, count, std::move(owner)));
    }
    netutil::Socket own{::fcntl(file, F_DUPFD_CLOEXEC, 0)};
    if (!own) {
        throw std::system_error{errno, std::system_category(), "cannot send the file"};
    }
    return write_transformed(std::move(own), offset, count);
}

/// Reads a file on the executor, for transforms that want to see it.
Future<void>
RequestRun::write_transformed(netutil::Socket file, std::uint64_t offset, std::size_t count) {
    constexpr std::size_t most = 64 * 1024;
    const httputil::ExchangeRef alive{&course_->exchange};
    const auto shared = std::make_shared<netutil::Socket>(std::move(file));
    while (count > 0 && !finished_) {
        auto reading = ioloop::IOLoop::current().run_in_executor(
            &read_piece, shared, offset, std::min(count, most)
        );
        const auto piece = co_await std::move(reading);
        if (piece.empty()) {
            throw std::runtime_error{"the file is shorter than it was"};
        }
        offset += piece.size();
        count -= piece.size();
        if (!finished_) {
            body().append(piece);
            co_await flush();
        }
    }
}

}  // namespace tornado::web::detail
