#include <stdexcept>

#include "stream_operations.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::iostream {

Future<void> IOStream::Operations::read_streaming(std::size_t count, StreamingCallback callback) {
    check_not_reading();
    if (count == 0) {
        return Future<void>::ready();
    }
    auto call = stack_context::wrap(callback.release());
    streaming_.reset(new StreamingRead{this, count, std::move(call)});
    auto future = streaming_->promise.future();
    streaming_->promise.on_cancel([this] {
        std::exchange(streaming_, nullptr)->owner = nullptr;
        listen_for_close();
    });
    if (core_->input().empty() && !closed()) {
        begin_reading();
    } else {
        ioloop::IOLoop::current().add_callback([read = streaming_] {
            if (read->owner != nullptr) {
                read->owner->hand_out();
            }
        });
    }
    return future;
}

void IOStream::Operations::hand_out() {
    const auto read = streaming_;
    const StreamRef alive = core_;
    auto& input = core_->input();
    while (read->owner == this && !read->waits && read->left != 0 && !input.empty()) {
        const auto block = input.block();  // keeps the piece
        const auto piece = input.view().substr(0, read->left);
        input.consume(piece.size());
        read->left -= read->left == until_close ? 0 : piece.size();
        try {
            const auto started = read->callback(piece);
            if (started.done()) {
                started.result();
            } else {
                wait_for_callback(read, started);
            }
        } catch (...) {
            if (read->owner == this) {
                end_streaming(std::current_exception());
            } else {
                log::app_log().error(
                    "Uncaught exception in a streaming callback: ",
                    log::format_exception(std::current_exception())
                );
            }
            return;
        }
    }
    if (read->owner != this || read->waits) {
        return;
    }
    if (read->left == 0 || (closed() && read->left == until_close)) {
        end_streaming(nullptr);
    } else if (closed()) {
        end_streaming(std::make_exception_ptr(StreamClosedError{error_}));
    } else {
        read_more();
    }
}

void IOStream::Operations::wait_for_callback(
    std::shared_ptr<StreamingRead> read,
    const Future<void>& started
) {
    read->waits = true;
    started.add_done_callback([read = std::move(read)](const Future<void>& ended) {
        read->waits = false;
        if (read->owner == nullptr) {
            return;
        }
        if (ended.cancelled() || ended.exception() != nullptr) {
            const auto error = ended.exception();
            read->owner->end_streaming(
                error != nullptr ? error : std::make_exception_ptr(CancelledError{})
            );
        } else {
            read->owner->hand_out();
        }
    });
}

/// A failure that is not the stream's own closes it.
void IOStream::Operations::end_streaming(std::exception_ptr failure) {
    const auto read = std::exchange(streaming_, nullptr);
    read->owner = nullptr;
    if (failure == nullptr) {
        read->promise.set_result();
    } else {
        read->promise.set_exception(std::move(failure));
        close(StreamErrc::callback_failed);
    }
    if (closed()) {
        tell_closed();
    } else {
        listen_for_close();
    }
}

}  // namespace tornado::iostream
