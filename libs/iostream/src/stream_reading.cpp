#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include "stream_operations.hpp"
#include "tornado/log.hpp"
#include "tornado/util/string_room.hpp"

namespace tornado::iostream {

namespace {

/// The least memory of a caller that is filled directly: for less, a system call of its own would
/// cost more than copying.
constexpr std::size_t least_direct = 8192;

}  // namespace

Future<std::string> IOStream::Operations::read(ReadRequest request) {
    check_not_reading();
    request_.emplace(std::move(request));
    string_read_.emplace();
    auto future = string_read_->future();
    if (try_read()) {
        listen_for_close();
    } else {
        string_read_->on_cancel([this] { take_read_back(); });
        make_target();
        begin_reading();
    }
    return future;
}

Future<std::size_t> IOStream::Operations::read_into(std::span<char> into, bool partial) {
    check_not_reading();
    request_.emplace(ReadRequest::into(into, partial));
    count_read_.emplace();
    auto future = count_read_->future();
    if (try_read()) {
        listen_for_close();
    } else {
        count_read_->on_cancel([this] { take_read_back(); });
        begin_reading();
    }
    return future;
}

/// When it throws, nothing is being read.
void IOStream::Operations::begin_reading() {
    try {
        read_more();
    } catch (...) {
        take_read_back();
        streaming_.reset();
        throw;
    }
}

void IOStream::Operations::take_read_back() {
    const bool is_whole = take_direct_input_back();
    end_request();
    string_read_.reset();
    count_read_.reset();
    if (!is_whole) {
        close(make_error_code(std::errc::not_enough_memory));
    }
}

void IOStream::Operations::check_not_reading() const {
    if (reading()) {
        throw std::logic_error{
            "Already reading: await the former read of this stream before the next"};
    }
}

bool IOStream::Operations::try_read() {
    const auto unread = core_->input().view();
    const auto answer = closed() ? request_->judge_at_end(unread) : request_->judge(unread);
    using Verdict = ReadRequest::Verdict;
    if (answer.verdict == Verdict::satisfied) {
        finish_read(answer.count);
    } else if (closed()) {
        fail_read();
    } else if (answer.verdict == Verdict::never) {
        log::gen_log().info("Unsatisfiable read, closing connection: no delimiter within max_bytes"
        );
        give_up(StreamErrc::unsatisfiable_read);
    } else if (answer.verdict == Verdict::too_complex) {
        log::gen_log().warning(
            "Closing connection: its input takes too many steps to search for the regular "
            "expression"
        );
        give_up(StreamErrc::regex_too_complex);
    } else if (unread.size() > options_.max_buffer_size) {
        log::gen_log().error(
            "Reached maximum read buffer size of ",
            options_.max_buffer_size,
            " bytes, closing connection"
        );
        give_up(StreamErrc::buffer_full);
    } else {
        return false;
    }
    return true;
}

void IOStream::Operations::give_up(StreamErrc reason) {
    error_ = reason;
    fail_read();
    close(reason);
}

void IOStream::Operations::finish_read(std::size_t count) {
    auto& input = core_->input();
    const auto target = request_->target();
    end_request();
    if (auto promise = std::exchange(count_read_, std::nullopt)) {
        if (count != 0) {
            std::memcpy(target.data(), input.data(), count);
            input.consume(count);
        }
        promise->set_result(count);
    } else if (auto string_promise = std::exchange(string_read_, std::nullopt)) {
        std::string bytes{input.view().substr(0, count)};
        input.consume(count);
        string_promise->set_result(std::move(bytes));
    }
}

void IOStream::Operations::end_request() {
    request_.reset();
    if (!text_.empty()) {
        text_ = {};  // it was to be filled directly, and was not
    }
}

void IOStream::Operations::fail_read() {
    end_request();
    if (auto promise = std::exchange(count_read_, std::nullopt)) {
        promise->set_exception(StreamClosedError{error_});
    }
    if (auto promise = std::exchange(string_read_, std::nullopt)) {
        promise->set_exception(StreamClosedError{error_});
    }
}

void IOStream::Operations::read_more() {
    if (connecting_) {
        return;
    }
    if (streaming_ != nullptr) {
        core_->start_reading(options_.read_chunk_size);
    } else if (!request_) {
        core_->start_reading(least_room);
    } else if (!read_directly()) {
        // Large reads get large room: input comes in chunks, not in the block of an idle
        // connection. A read that takes whatever comes shows its size only when it has come.
        const auto unread = core_->input().size();
        const bool may_be_small = request_->is_partial() && !large_input_;
        const auto room = may_be_small ? least_room : std::max(request_->missing(unread), unread);
        const auto still_allowed =
            options_.max_buffer_size - std::min(unread, options_.max_buffer_size) + 1;
        core_->start_reading(
            std::clamp(room, least_room, options_.read_chunk_size),
            std::min(request_->worth_judging(unread), still_allowed)
        );
    }
}

// Reading into the caller's memory, or into the string that the caller gets

/// A larger string would be made for bytes that may never come.
void IOStream::Operations::make_target() {
    const auto size = request_->exact_size();
    if (size <= options_.read_chunk_size && size >= core_->input().size() + least_direct) {
        util::make_room(text_, size);
        request_->set_target(text_);
    }
}

bool IOStream::Operations::read_directly() {
    auto& input = core_->input();
    const auto target = request_->target();
    if (target.size() < input.size() + least_direct) {
        return false;
    }
    if (!input.empty()) {
        std::memcpy(target.data(), input.data(), input.size());
    }
    direct_ = input.size();
    input.consume(input.size());
    const auto rest = target.subspan(*direct_);
    core_->start_reading_into(rest, request_->is_partial() ? 1 : rest.size());
    return true;
}

bool IOStream::Operations::try_direct_read() {
    const auto target = request_->target();
    const auto filled = static_cast<std::size_t>(core_->end_reading_into() - target.data());
    direct_.reset();
    if (filled < target.size() && !request_->is_partial()) {
        direct_ = filled;  // it has more room than one reading takes
        const auto rest = target.subspan(filled);
        core_->start_reading_into(rest, rest.size());
        return false;
    }
    request_.reset();
    if (auto promise = std::exchange(count_read_, std::nullopt)) {
        promise->set_result(filled);
    } else if (auto string_promise = std::exchange(string_read_, std::nullopt)) {
        string_promise->set_result(std::exchange(text_, {}));
    }
    return true;
}

bool IOStream::Operations::take_direct_input_back() {
    if (!direct_) {
        return true;
    }
    direct_.reset();
    const auto target = request_->target();
    const auto filled = static_cast<std::size_t>(core_->end_reading_into() - target.data());
    if (filled != 0) {
        try {
            std::memcpy(core_->input().prepare(filled).data(), target.data(), filled);
        } catch (const std::bad_alloc&) {
            return false;
        }
        core_->input().commit(filled);
    }
    return true;
}

// What comes

void IOStream::Operations::listen_for_close() {
    // Unread input holds the end of the connection back, until somebody reads it.
    if (close_callback_ && !closed() && core_->input().empty()) {
        read_more();
    }
}

void IOStream::Operations::on_input() {
    large_input_ = core_->input().size() >= BufferBlock::usual_capacity;
    if (streaming_ != nullptr) {
        hand_out();
    } else if (request_ && !(direct_ ? try_direct_read() : try_read())) {
        if (!direct_) {
            read_more();
        }
    } else {
        listen_for_close();
    }
}

}  // namespace tornado::iostream
