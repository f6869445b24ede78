#include "tornado/websocket/shared_message.hpp"

#include <vector>

#include "tornado/websocket/frame.hpp"

namespace tornado::websocket {

struct SharedMessage::Data {
    struct Compressed {
        Deflater::Settings settings;
        std::string frame;
    };
    bool binary = false;
    std::size_t head_size = 0;
    std::string frame;
    /// One for each way to compress; connections are mostly alike. What they view stays, whoever is
    /// added.
    std::vector<std::unique_ptr<Compressed>> compressed;
};

SharedMessage::SharedMessage(std::string_view text, bool binary) : data_{std::make_shared<Data>()} {
    check_message(binary, text);
    data_->binary = binary;
    data_->frame.reserve(text.size() + max_frame_head);
    append_frame(data_->frame, {.opcode = binary ? Opcode::binary : Opcode::text}, text);
    data_->head_size = data_->frame.size() - text.size();
}

bool SharedMessage::binary() const noexcept {
    return data_->binary;
}
std::string_view SharedMessage::payload() const noexcept {
    return std::string_view{data_->frame}.substr(data_->head_size);
}
std::string_view SharedMessage::frame() const noexcept {
    return data_->frame;
}
std::shared_ptr<const void> SharedMessage::owner() const noexcept {
    return data_;
}

std::string_view SharedMessage::compressed_frame(const Deflater::Settings& settings) const {
    for (const auto& known : data_->compressed) {
        if (known->settings == settings) {
            return known->frame;
        }
    }
    std::string payload_compressed;
    Deflater{settings}.compress(payload(), payload_compressed);
    auto made = std::make_unique<Data::Compressed>();
    made->settings = settings;
    append_frame(
        made->frame,
        {.opcode = data_->binary ? Opcode::binary : Opcode::text, .compressed = true},
        payload_compressed
    );
    return data_->compressed.emplace_back(std::move(made))->frame;
}

}  // namespace tornado::websocket
