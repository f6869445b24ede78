#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tornado/wsgi_application/wsgi_application.hpp"

namespace tornado::wsgi {

WSGIFile::WSGIFile(int file, std::uint64_t offset, std::uint64_t size)
    : file_{::fcntl(file, F_DUPFD_CLOEXEC, 0)},
      offset_{offset},
      size_{size} {
    if (file_ < 0) {
        throw std::system_error{errno, std::system_category(), "cannot keep the file open"};
    }
}

WSGIFile::WSGIFile(WSGIFile&& other) noexcept
    : file_{std::exchange(other.file_, -1)},
      offset_{other.offset_},
      size_{std::exchange(other.size_, 0)} {}

WSGIFile& WSGIFile::operator=(WSGIFile&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(offset_, other.offset_);
    std::swap(size_, other.size_);
    return *this;
}

WSGIFile::~WSGIFile() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

std::string WSGIFile::read(std::size_t most) {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(most, size_)), '\0');
    if (piece.empty()) {
        return piece;
    }
    ssize_t got = 0;
    do {
        got = ::pread(file_, piece.data(), piece.size(), static_cast<off_t>(offset_));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        throw std::system_error{errno, std::system_category(), "cannot send the file"};
    }
    if (got == 0) {
        throw std::runtime_error{"the file is shorter than it was"};
    }
    piece.resize(static_cast<std::size_t>(got));
    offset_ += piece.size();
    size_ -= piece.size();
    return piece;
}

}  // namespace tornado::wsgi
