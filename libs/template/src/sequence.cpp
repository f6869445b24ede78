#include "sequence.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

namespace {

struct RangeHolder final : Holder {
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
    std::size_t size = 0;
};

class RangeType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "range"; }
    [[nodiscard]] std::size_t size(const void* object) const override { return range(object).size; }
    [[nodiscard]] Value at(const void* object, std::size_t index, Holder*) const override {
        const auto offset = static_cast<std::int64_t>(index) * range(object).step;
        return Access::integer(range(object).start + offset);
    }
    [[nodiscard]] bool text(const void* object, std::string& text) const override {
        const auto& shown = range(object);
        text = "range(" + std::to_string(shown.start) + ", " + std::to_string(shown.stop);
        text += shown.step == 1 ? ")" : ", " + std::to_string(shown.step) + ")";
        return true;
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override {
        return this->text(object, text);
    }

private:
    static const RangeHolder& range(const void* object) {
        return *static_cast<const RangeHolder*>(object);
    }
};

const RangeType range_type;

/// How many numbers there are from `start` on, before `stop`.
std::size_t range_size(std::int64_t start, std::int64_t stop, std::int64_t step) {
    const auto distance = [](std::int64_t from, std::int64_t to) {
        return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    };
    if (step > 0) {
        return start < stop ? (distance(start, stop) - 1) / static_cast<std::uint64_t>(step) + 1
                            : 0;
    }
    const auto down = 0U - static_cast<std::uint64_t>(step);
    return start > stop ? (distance(stop, start) - 1) / down + 1 : 0;
}

/// An index as Python counts: from the end when it is negative.
std::size_t place_of(const Value& container, const Value& index, std::size_t size) {
    if (index.kind() != Kind::integer && index.kind() != Kind::boolean) {
        throw Error{
            "TypeError",
            std::string{container.type_name()} + " indices must be integers or slices, not " +
                std::string{index.type_name()}};
    }
    auto place = Access::integer(index);
    if (place < 0) {
        place += static_cast<std::int64_t>(size);
    }
    if (place < 0 || place >= static_cast<std::int64_t>(size)) {
        throw Error{"IndexError", std::string{container.type_name()} + " index out of range"};
    }
    return static_cast<std::size_t>(place);
}

Value character(const Value& string, const Value& index) {
    const auto all = Access::text(string);
    const auto from = text::offset(all, place_of(string, index, text::length(all)));
    return Access::text(all.substr(from, text::next(all, from) - from), Access::owner(string));
}

struct Bounds {
    std::int64_t start;
    std::int64_t stop;
    std::int64_t step;
};

/// The bounds of a slice, brought within a sequence of this size.
Bounds within(
    std::size_t length,
    std::optional<std::int64_t> start,
    std::optional<std::int64_t> stop,
    std::int64_t step
) {
    const auto size = static_cast<std::int64_t>(length);
    const std::int64_t least = step < 0 ? -1 : 0;
    const std::int64_t greatest = step < 0 ? size - 1 : size;
    const auto bring = [&](std::optional<std::int64_t> bound, std::int64_t otherwise) {
        if (!bound) {
            return otherwise;
        }
        const auto place = *bound < 0 ? *bound + size : *bound;
        return std::clamp(place, least, greatest);
    };
    return {
        bring(start, step < 0 ? greatest : least), bring(stop, step < 0 ? least : greatest), step};
}

Value slice_of_text(const Value& string, const Bounds& bounds, std::size_t count) {
    const auto all = Access::text(string);
    if (bounds.step == 1) {
        const auto from = text::offset(all, static_cast<std::size_t>(bounds.start));
        const auto part = all.substr(from);
        return Access::text(part.substr(0, text::offset(part, count)), Access::owner(string));
    }
    std::vector<std::size_t> offsets;
    for (std::size_t at = 0; at < all.size(); at = text::next(all, at)) {
        offsets.push_back(at);
    }
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = bounds.start + static_cast<std::int64_t>(i) * bounds.step;
        const auto from = offsets[static_cast<std::size_t>(place)];
        out += all.substr(from, text::next(all, from) - from);
    }
    return from_text(std::move(out));
}

}  // namespace

std::vector<Value> keys_of(const Value& dict) {
    std::vector<Value> keys;
    if (const auto* const own = native_dict(dict)) {
        keys.reserve(own->entries().size());
        for (const auto& entry : own->entries()) {
            keys.push_back(entry.first);
        }
    } else {
        Access::type(dict)->keys(Access::object(dict), Access::owner(dict), keys);
    }
    return keys;
}

bool find_in(const Value& dict, const Value& key, Value& found) {
    if (auto* const own = native_dict(dict)) {
        const auto* const value = own->find(key);
        if (value != nullptr) {
            found = *value;
        }
        return value != nullptr;
    }
    if (key.kind() >= Kind::list && key.kind() <= Kind::dict) {
        static_cast<void>(hash_of(key));  // throws for what can be no key
    }
    return Access::type(dict)->find(Access::object(dict), key, Access::owner(dict), found);
}

std::vector<Value> all_of(const Value& iterable) {
    std::vector<Value> items;
    if (is_list_or_tuple(iterable)) {
        charge_for_size(iterable.size());
        items.reserve(iterable.size());
    }
    for_each(iterable, [&](Value item) {
        items.push_back(std::move(item));
        return true;
    });
    return items;
}

Value make_range(std::int64_t start, std::int64_t stop, std::int64_t step) {
    if (step == 0) {
        throw Error{"ValueError", "range() arg 3 must not be zero"};
    }
    const auto size = range_size(start, stop, step);
    if (!std::in_range<std::int64_t>(size)) {
        throw Error{"OverflowError", "the range has more elements than 64 bits count"};
    }
    auto* const holder = new RangeHolder;
    holder->start = start;
    holder->stop = stop;
    holder->step = step;
    holder->size = size;
    return Access::object(Kind::list, &range_type, holder, holder);
}

Value subscript(const Value& container, const Value& index) {
    switch (container.kind()) {
        case Kind::list:
        case Kind::tuple:
            return element(container, place_of(container, index, container.size()));
        case Kind::string:
            return character(container, index);
        case Kind::dict: {
            Value found;
            if (!find_in(container, index, found)) {
                throw Error{"KeyError", index.repr()};
            }
            return found;
        }
        default:
            throw Error{
                "TypeError",
                "'" + std::string{container.type_name()} + "' object is not subscriptable"};
    }
}

Value slice(
    const Value& container,
    std::optional<std::int64_t> start,
    std::optional<std::int64_t> stop,
    std::optional<std::int64_t> step
) {
    if (!is_list_or_tuple(container) && container.kind() != Kind::string) {
        throw Error{
            "TypeError", "'" + std::string{container.type_name()} + "' object cannot be sliced"};
    }
    if (step == 0) {
        throw Error{"ValueError", "slice step cannot be zero"};
    }
    const auto stride = std::max(step.value_or(1), -std::numeric_limits<std::int64_t>::max());
    const auto bounds = within(container.size(), start, stop, stride);
    const auto count = range_size(bounds.start, bounds.stop, bounds.step);
    charge_for_size(count);
    if (container.kind() == Kind::string) {
        return slice_of_text(container, bounds, count);
    }
    std::vector<Value> items;
    items.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = bounds.start + static_cast<std::int64_t>(i) * bounds.step;
        items.push_back(element(container, static_cast<std::size_t>(place)));
    }
    return make_list(std::move(items), container.kind());
}

bool contains(const Value& container, const Value& item) {
    if (container.kind() == Kind::dict) {
        Value found;
        return find_in(container, item, found);
    }
    if (container.kind() == Kind::string) {
        if (item.kind() != Kind::string) {
            throw Error{
                "TypeError",
                "'in <string>' requires string as left operand, not " +
                    std::string{item.type_name()}};
        }
        return Access::text(container).find(Access::text(item)) != std::string_view::npos;
    }
    bool found = false;
    for_each(container, [&](const Value& candidate) {
        found = are_equal(candidate, item);
        return !found;
    });
    return found;
}

}  // namespace tornado::templating::detail
