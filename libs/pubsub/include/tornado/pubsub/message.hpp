#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/ioloop/timeout.hpp"

namespace tornado::pubsub {

/// Names one Broker for as long as it lives; random, so that no two are alike.
using PublisherId = std::uint64_t;

/// As it stands in positions: 16 hexadecimal digits.
[[nodiscard]] std::string to_string(PublisherId publisher);

/// What was published, once, for all who get it.
///
/// Ownership: copies share one text. Thread safety: it belongs to one thread, with its copies.
class Message {
public:
    Message(
        std::shared_ptr<const std::string> topic,
        std::string payload,
        PublisherId publisher,
        std::uint64_t sequence,
        ioloop::TimePoint arrived
    );

    [[nodiscard]] const std::string& topic() const noexcept { return *data_->topic; }
    [[nodiscard]] const std::string& payload() const noexcept { return data_->payload; }
    [[nodiscard]] PublisherId publisher() const noexcept { return data_->publisher; }
    /// Its number among those of its publisher in its topic: each is by one larger than the former.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return data_->sequence; }
    /// How many messages of its publisher right before this one have been lost on the way here.
    [[nodiscard]] std::uint64_t missed() const noexcept { return data_->missed; }
    /// When this process got it, or would have got it, on the loop's clock.
    [[nodiscard]] ioloop::TimePoint arrived() const noexcept { return data_->arrived; }
    /// What it counts for in a buffer; its other forms, which soon go, are not among that.
    [[nodiscard]] std::size_t cost() const noexcept { return sizeof(Data) + data_->payload.size(); }

    /// The message in another form, made by the first call and kept with it: framed for WebSockets,
    /// say, however many get it. A message keeps one of each type. One that a broker delivers
    /// keeps them until the loop's next turn, and makes them anew when it is asked later: the
    /// reference is good that long.
    ///
    ///     socket.write_message(message.as<websocket::SharedMessage>());
    template <typename T>
    const T& as() const {
        return as<T>([](const Message& message) { return T{message.payload()}; });
    }
    /// The same, made by `make`.
    template <typename T, std::invocable<const Message&> F>
    const T& as(F make) const {
        if (const void* made = find(&type_of<T>)) {
            return *static_cast<const T*>(made);
        }
        auto made = std::make_shared<const T>(make(*this));
        const T& result = *made;
        data_->forms.push_back({&type_of<T>, std::move(made)});
        return result;
    }

private:
    friend class BrokerCore;
    friend class ReplayBuffer;
    void set_missed(std::uint64_t count) noexcept { data_->missed = count; }

    template <typename T>
    static constexpr char type_of = 0;

    struct Form {
        const void* type;
        std::shared_ptr<const void> value;
    };
    struct Data {
        std::shared_ptr<const std::string> topic;
        std::string payload;
        PublisherId publisher;
        std::uint64_t sequence;
        std::uint64_t missed;
        ioloop::TimePoint arrived;
        std::vector<Form> forms;
        bool forms_are_known = false;
    };
    [[nodiscard]] const void* find(const void* type) const noexcept;
    /// Whether it has any, and that is not known yet.
    [[nodiscard]] bool has_new_forms() const noexcept;
    void drop_forms() const noexcept;

    std::shared_ptr<Data> data_;
};

}  // namespace tornado::pubsub
