#pragma once

#include "tornado/http1connection/server_connection.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::http1connection {

/// A connection of a set whose stream somebody has taken: counts until the stream closes.
///
/// Ownership: its own; goes with the stream.
class DetachedStream final : public iostream::CloseWatcher {
public:
    /// Takes the place of a connection in the set's count. A set that drains already tells in the
    /// next turn of the loop.
    DetachedStream(
        ConnectionSet& set,
        iostream::StreamCore& stream,
        util::UniqueFunction<void()> on_drain
    );
    DetachedStream(const DetachedStream&) = delete;
    DetachedStream& operator=(const DetachedStream&) = delete;

    [[nodiscard]] DetachedStream* next() const noexcept { return next_; }
    /// What it calls has, by ioloop::must_end_by, as long as whoever calls this.
    void tell_of_drain() noexcept;
    /// Closes the stream as if its connection were lost. This is gone afterwards.
    void cut_off() noexcept;
    /// The set goes before the stream.
    void leave() noexcept;

private:
    ~DetachedStream();
    void stream_closed() noexcept override;

    ConnectionSet* set_;
    iostream::StreamCore& stream_;
    concurrent::Context context_;  ///< in which on_drain_ runs
    util::UniqueFunction<void()> on_drain_;
    ioloop::Timeout telling_;
    DetachedStream* next_ = nullptr;
    DetachedStream* previous_ = nullptr;
};

}  // namespace tornado::http1connection
