#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/websocket/deflate.hpp"

namespace tornado::websocket {

/// A message for many: framed once and, where a connection lets it, compressed once, however many
/// get it.
///
/// Ownership: copies share one text. Thread safety: it belongs to one thread, with its copies.
///
///     const websocket::SharedMessage news{text};
///     for (auto* handler : listeners) {
///         handler->write_message(news);
///     }
class SharedMessage {
public:
    /// Throws std::invalid_argument for text that is not UTF-8.
    explicit SharedMessage(std::string_view text, bool binary = false);

    [[nodiscard]] bool binary() const noexcept;
    [[nodiscard]] std::string_view payload() const noexcept;
    /// A server's frame.
    [[nodiscard]] std::string_view frame() const noexcept;
    /// The same, compressed without context takeover.
    [[nodiscard]] std::string_view compressed_frame(const Deflater::Settings& settings) const;
    /// What keeps the frames.
    [[nodiscard]] std::shared_ptr<const void> owner() const noexcept;

private:
    struct Data;
    std::shared_ptr<Data> data_;
};

}  // namespace tornado::websocket
