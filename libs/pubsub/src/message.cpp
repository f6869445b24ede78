#include "tornado/pubsub/message.hpp"

namespace tornado::pubsub {

std::string to_string(PublisherId publisher) {
    std::string text(16, '0');
    for (auto digit = text.rbegin(); publisher != 0; ++digit, publisher >>= 4U) {
        *digit = "0123456789abcdef"[publisher & 15U];
    }
    return text;
}

Message::Message(
    std::shared_ptr<const std::string> topic,
    std::string payload,
    PublisherId publisher,
    std::uint64_t sequence,
    ioloop::TimePoint arrived
)
    : data_{std::make_shared<Data>(
          Data{std::move(topic), std::move(payload), publisher, sequence, 0, arrived, {}}
      )} {}

const void* Message::find(const void* type) const noexcept {
    for (const auto& form : data_->forms) {
        if (form.type == type) {
            return form.value.get();
        }
    }
    return nullptr;
}

}  // namespace tornado::pubsub
