#include "tornado/pubsub/message.hpp"

#include <utility>

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

bool Message::has_new_forms() const noexcept {
    return !data_->forms.empty() && !std::exchange(data_->forms_are_known, true);
}

/// They go last, as they may be anything.
void Message::drop_forms() const noexcept {
    data_->forms_are_known = false;
    const auto forms = std::exchange(data_->forms, {});
}

}  // namespace tornado::pubsub
