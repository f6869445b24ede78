#pragma once

#include <string_view>

#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/multipart.hpp"

namespace tornado::httputil {

/// Gets the parts of a multipart body as they come.
///
/// part_begun() comes once for each part, data_received() for each piece of it, then part_ended().
/// No more of the body is looked at before the future of each is done. What they throw, or their
/// futures fail with, comes out of MultipartStream::data_received().
class MultipartDelegate {
public:
    MultipartDelegate() = default;
    MultipartDelegate(const MultipartDelegate&) = delete;
    MultipartDelegate& operator=(const MultipartDelegate&) = delete;
    virtual ~MultipartDelegate() = default;

    /// The head lives until part_ended() is done.
    virtual Future<void> part_begun(const PartHead& head) = 0;
    /// The data lives until the future is done.
    virtual Future<void> data_received(std::string_view data) = 0;
    virtual Future<void> part_ended() { return Future<void>::ready(); }
};

/// Hands the parts of a multipart/form-data body on while it arrives, with back-pressure and in
/// constant memory.
///
/// Ownership: the delegate is the caller's; both must live until the future of the present
/// data_received() is done. Thread safety: one loop, one thread.
/// Errors: HTTPInputError.
///
///     Future<void> data_received(std::string_view chunk) {  // of a web::RequestHandler
///         return form.data_received(chunk);
///     }
class MultipartStream {
public:
    /// For a body of this Content-Type. Throws HTTPInputError unless that is multipart/form-data
    /// with a boundary.
    MultipartStream(
        std::string_view content_type,
        MultipartDelegate& delegate,
        const ParseMultipartConfig& config = {}
    );

    /// Goes on with the body. The chunk must live until the future is done; no other may come
    /// before. Fails for what is malformed or too large, and as the delegate does; then nothing
    /// more may come. Cancellation: the same.
    Future<void> data_received(std::string_view chunk);
    /// The body has ended. Throws unless all of it had come.
    void finish() const;

private:
    MultipartParser parser_;
    MultipartDelegate& delegate_;
};

}  // namespace tornado::httputil
