#include "forgotten_topics.hpp"

#include <algorithm>
#include <iterator>

namespace tornado::pubsub {

void ForgottenTopics::add(std::string_view name, std::uint64_t number) {
    if (number == 0) {
        return;
    }
    entries_.emplace_back(name, number);
    const auto place = std::prev(entries_.end());
    places_.emplace(place->first, place);
    if (entries_.size() > most_) {
        largest_ = std::max(largest_, entries_.front().second);
        places_.erase(entries_.front().first);
        entries_.pop_front();
    }
}

std::uint64_t ForgottenTopics::take(std::string_view name) {
    const auto found = places_.find(name);
    if (found == places_.end()) {
        return largest_;
    }
    const auto place = found->second;
    const auto number = place->second;
    places_.erase(found);
    entries_.erase(place);
    return number;
}

}  // namespace tornado::pubsub
