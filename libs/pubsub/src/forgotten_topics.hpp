#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tornado::pubsub {

/// The numbers that topics had come to here when they were forgotten: whoever publishes in one
/// again goes on from there, as others still know the former ones.
///
/// It knows a limited number of topics. Those beyond, the ones that were forgotten first, go on
/// from the largest number that any of them had: others take it for a loss, but for nothing old.
class ForgottenTopics {
public:
    explicit ForgottenTopics(std::size_t most) : most_{most} {}

    void add(std::string_view name, std::uint64_t number);
    /// Takes a topic's number out.
    [[nodiscard]] std::uint64_t take(std::string_view name);

private:
    using Entry = std::pair<std::string, std::uint64_t>;

    std::size_t most_;
    std::list<Entry> entries_;  ///< what was forgotten first stands first
    std::map<std::string_view, std::list<Entry>::iterator> places_;
    std::uint64_t largest_ = 0;  ///< of those that are not even known here
};

}  // namespace tornado::pubsub
