#include "request_pipe.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tornado::wsgi {

namespace {

constexpr std::size_t most_of_file = 262'144;

std::string read_piece(int file, std::uint64_t position, std::size_t size) {
    std::string piece(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const auto from = static_cast<off_t>(position + done);
        const auto got = ::pread(file, piece.data() + done, size - done, from);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            throw std::system_error{
                got < 0 ? errno : EIO, std::system_category(), "cannot read the request's body"};
        }
        done += static_cast<std::size_t>(got);
    }
    return piece;
}

}  // namespace

void RequestPipe::put(std::string_view piece) {
    const std::lock_guard lock{mutex_};
    if (state_ == State::open) {
        pieces_.append(piece);
        patience_.moved(piece.size());
        changed_.notify_all();
    }
}

void RequestPipe::spool(std::string_view piece) {
    std::shared_ptr<web::TemporaryFile> file;
    {
        const std::lock_guard lock{mutex_};
        file = file_;
    }
    if (file == nullptr) {
        file = std::make_shared<web::TemporaryFile>();
        ::unlink(file->path().c_str());  // so that nothing is left of it, however the process ends
    }
    file->append(piece);
    const std::lock_guard lock{mutex_};
    if (state_ == State::open) {
        file_ = std::move(file);
    }
}

std::size_t RequestPipe::size() const {
    const std::lock_guard lock{mutex_};
    return pieces_.size();
}

std::uint64_t RequestPipe::total() const {
    const std::lock_guard lock{mutex_};
    return pieces_.size() + (file_ != nullptr ? file_->size() : 0);
}

RequestPipe::State RequestPipe::state() const {
    const std::lock_guard lock{mutex_};
    return state_;
}

void RequestPipe::when_taken(ioloop::Ticket ticket, std::shared_ptr<ioloop::Parcel> parcel) {
    std::unique_lock lock{mutex_};
    ticket_ = std::move(ticket);
    parcel_ = std::move(parcel);
    if (pieces_.empty() || state_ != State::open) {
        deliver(std::move(lock));
    }
}

bool RequestPipe::take(std::string& out) {
    std::unique_lock lock{mutex_};
    const bool in_time = patience_.wait(changed_, lock, [this] {
        return state_ != State::open || !pieces_.empty();
    });
    if (!in_time) {
        state_ = State::slow;
    }
    if (pieces_.empty()) {
        return take_from_file(std::move(lock), out);
    }
    if (out.empty()) {
        out.swap(pieces_);
    } else {
        out.append(pieces_);
        pieces_.clear();
    }
    deliver(std::move(lock));
    return true;
}

/// Reads outside of the lock: the loop wants that too, and does not wait for the disk.
bool RequestPipe::take_from_file(std::unique_lock<std::mutex> lock, std::string& out) {
    const auto left = file_ != nullptr ? file_->size() - file_position_ : 0;
    if (left == 0 || state_ != State::ended) {
        return false;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, most_of_file));
    const auto position = std::exchange(file_position_, file_position_ + size);
    const auto file = file_;
    lock.unlock();
    out.append(read_piece(file->fileno(), position, size));
    return true;
}

void RequestPipe::finish(State state) {
    std::unique_lock lock{mutex_};
    if (state == State::closed || state_ == State::open) {
        state_ = state;
    }
    if (state_ == State::closed || state_ == State::broken) {
        pieces_.clear();
    }
    changed_.notify_all();
    deliver(std::move(lock));
}

std::shared_ptr<web::TemporaryFile> RequestPipe::release_file() {
    const std::lock_guard lock{mutex_};
    return std::exchange(file_, nullptr);
}

/// Tells the loop, outside of the lock: it may come back at once.
void RequestPipe::deliver(std::unique_lock<std::mutex> lock) {
    const auto ticket = std::exchange(ticket_, std::nullopt);
    auto parcel = std::move(parcel_);
    lock.unlock();
    if (ticket) {
        ticket->deliver(std::move(parcel));
    }
}

}  // namespace tornado::wsgi
