#include "tornado/template/compiled/dynamic.hpp"

#include <new>
#include <optional>
#include <stdexcept>

#include "builtins.hpp"
#include "containers.hpp"
#include "exceptions.hpp"
#include "format.hpp"
#include "meter.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/escape/url.hpp"

namespace tornado::templating::compiled {

namespace {

using detail::Access;

constexpr std::size_t least_room = 64;  // for a joined text, of which two items are seldom all

std::string object_of_type(std::string_view type) {
    return "'" + std::string{type} + "' object";
}

}  // namespace

bool is_less_or_equal(const Value& left, const Value& right) {
    return detail::is_less(left, right) || detail::are_equal(left, right);
}

Value add_to(const Value& left, const Value& right) {
    if (left.kind() == Kind::list && detail::native_items(left) != nullptr) {
        (void)detail::call_method(left, "extend", Arguments{&right, 1});
        return left;
    }
    return detail::add(left, right);
}

Value slice(const Value& container, const Value& start, const Value& stop, const Value& step) {
    using Bound = std::optional<std::int64_t>;
    return detail::slice(container, start.as<Bound>(), stop.as<Bound>(), step.as<Bound>());
}

void assign_element(const Value& container, const Value& index, Value value) {
    if (container.kind() == Kind::dict) {
        auto& dict = detail::dict_to_change(container);
        detail::check_no_cycle(container, value);
        dict.set(index, std::move(value));
        return;
    }
    if (container.kind() != Kind::list) {
        throw Error{
            "TypeError",
            object_of_type(container.type_name()) + " does not support item assignment"};
    }
    auto& list = detail::list_to_change(container);
    auto place = index.as<std::int64_t>();
    place += place < 0 ? static_cast<std::int64_t>(list.size()) : 0;
    if (place < 0 || place >= static_cast<std::int64_t>(list.size())) {
        throw Error{"IndexError", "list assignment index out of range"};
    }
    detail::check_no_cycle(container, value);
    list[static_cast<std::size_t>(place)] = std::move(value);
}

void unpack_into(const Value& values, Value* first, std::size_t wanted) {
    std::size_t count = 0;
    detail::for_each(values, [&](Value item) {
        if (count < wanted) {
            first[count] = std::move(item);
        }
        return ++count <= wanted;
    });
    if (count == wanted) {
        return;
    }
    const auto expected = "expected " + std::to_string(wanted);
    throw Error{
        "ValueError",
        count > wanted
            ? "too many values to unpack (" + expected + ")"
            : "not enough values to unpack (" + expected + ", got " + std::to_string(count) + ")"};
}

void extend(std::vector<Value>& items, const Value& more) {
    detail::for_each(more, [&](Value item) {
        items.push_back(std::move(item));
        return true;
    });
}

bool iterate(const Value& iterable, void* context, bool (*each)(void* context, Value item)) {
    bool left = false;
    detail::for_each(iterable, [&](Value item) {
        left = !each(context, std::move(item));
        return !left;
    });
    return !left;
}

void JoinedText::add(std::string_view item) {
    if (count_++ > 0) {
        text_.append(separator_);
    } else {
        text_.reserve(least_room);
    }
    text_.append(item);
    detail::charge_for_growth(text_.size());
}

void JoinedText::add(const Value& item) {
    if (item.kind() == Kind::string) {
        return add(Access::text(item));
    }
    if (refused_.empty()) {
        refused_ = "sequence item " + std::to_string(count_) + ": expected str instance, " +
                   std::string{item.type_name()} + " found";
    }
    ++count_;
}

std::string JoinedText::take() {
    if (!refused_.empty()) {
        throw Error{"TypeError", refused_};
    }
    return std::move(text_);
}

bool is_caught_by(const Error& error, const Value& types) {
    return detail::is_caught_by(error, types);
}

Value exception_value(const Error& error) {
    return detail::exception_value(error);
}

void append_formatted(
    std::string& out,
    const Value& value,
    char conversion,
    const Value& specification
) {
    const auto converted = conversion == '\0'  ? value
                           : conversion == 'r' ? detail::from_text(value.repr())
                           : conversion == 's' ? detail::from_text(value.str())
                                               : detail::from_text(detail::ascii(value));
    out += detail::format_value(converted, detail::to_text(specification));
    detail::charge_for_growth(out.size());
}

// ---- Dicts and arguments ----

Dict::Dict() : value_{detail::make_dict(new detail::DictHolder)} {}

void Dict::set(const Value& key, Value value) {
    detail::charge(1);
    detail::native_dict(value_)->set(key, std::move(value));
}

void Dict::update(const Value& more) {
    if (more.kind() != Kind::dict) {
        throw Error{"TypeError", object_of_type(more.type_name()) + " is not a mapping"};
    }
    (void)detail::call_method(value_, "update", Arguments{&more, 1});
}

void ArgumentList::add_keyword(const Value& name, Value value) {
    const auto spelled = detail::to_text(name);
    for (const auto& known : keywords_) {
        if (known.first == spelled) {
            throw Error{
                "TypeError",
                "got multiple values for keyword argument '" + std::string{spelled} + "'"};
        }
    }
    names_.push_back(name);
    keywords_.emplace_back(detail::to_text(names_.back()), std::move(value));
}

void ArgumentList::add_keywords(const Value& values) {
    if (values.kind() != Kind::dict) {
        throw Error{"TypeError", "argument after ** must be a mapping"};
    }
    for (const auto& key : detail::keys_of(values)) {
        add_keyword(key, detail::subscript(values, key));
    }
}

// ---- Errors ----

void rethrow_as_error() {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::out_of_range& error) {
        throw Error{"IndexError", error.what(), std::current_exception()};
    } catch (const std::invalid_argument& error) {
        throw Error{"ValueError", error.what(), std::current_exception()};
    } catch (const std::exception& error) {
        throw Error{"RuntimeError", error.what(), std::current_exception()};
    }
}

void no_attribute(std::string_view type, std::string_view name) {
    throw Error{
        "AttributeError", object_of_type(type) + " has no attribute '" + std::string{name} + "'"};
}

void no_key(const Value& key) {
    throw Error{"KeyError", key.repr()};
}

void index_out_of_range() {
    throw Error{"IndexError", "list index out of range"};
}

void not_as_declared(std::string_view name, const Value& value) {
    throw Error{
        "TypeError",
        "'" + std::string{name} + "' was declared as another type than the " +
            std::string{value.type_name()} + " that it is"};
}

// ---- Built-in functions ----

std::size_t characters(std::string_view text) noexcept {
    return text::length(text);
}

std::string upper(std::string_view text) {
    return text::upper(text);
}

std::string lower(std::string_view text) {
    return text::lower(text);
}

std::string url_escaped(std::string_view text) {
    detail::charge_for_size(text.size());
    return escape::url_escape(text);
}

std::string xhtml_escaped(std::string_view text) {
    detail::charge_for_size(text.size());
    std::string out;
    detail::append_xhtml_escaped(out, text);
    return out;
}

}  // namespace tornado::templating::compiled
