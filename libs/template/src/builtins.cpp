#include "builtins.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include "attribute.hpp"
#include "builtin.hpp"
#include "exceptions.hpp"
#include "json.hpp"
#include "meter.hpp"
#include "methods.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/escape/html.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/escape/linkify.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

class BuiltinType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override {
        return "builtin_function_or_method";
    }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        const auto& builtin = *static_cast<const Builtin*>(object);
        if (builtin.takes_keywords) {
            Arguments{arguments.begin(), arguments.size()}.check(builtin.least, builtin.most);
        } else {
            arguments.check(builtin.least, builtin.most);
        }
        return builtin.call(arguments);
    }
    /// `str.upper`, a method without its object.
    [[nodiscard]] bool attribute(const void* object, std::string_view name, Holder*, Value& found)
        const override {
        const auto& builtin = *static_cast<const Builtin*>(object);
        if (name == "__name__") {
            found = Access::text(builtin.name, nullptr);
            return true;
        }
        constexpr std::pair<std::string_view, Kind> types[] = {
            {"str", Kind::string},
            {"list", Kind::list},
            {"tuple", Kind::tuple},
            {"dict", Kind::dict}};
        for (const auto& [type, kind] : types) {
            if (builtin.name == type && find_method(kind, name) != nullptr) {
                found = make_value([method = std::string{name}](const Arguments& all) {
                    if (all.size() == 0) {
                        throw Error{"TypeError", "a method needs an object"};
                    }
                    return call_method(all[0], method, Arguments{all.begin() + 1, all.size() - 1});
                });
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override {
        const auto& builtin = *static_cast<const Builtin*>(object);
        text = (builtin.is_instance != nullptr ? "<class '" : "<built-in function ");
        text.append(builtin.name).append(builtin.is_instance != nullptr ? "'>" : ">");
        return true;
    }
};

const BuiltinType builtin_type;

Value text_result(std::string text) {
    return from_text(std::move(text));
}

std::string_view text_of(const Value& value) {
    const auto text = to_text(value);
    charge_for_size(text.size());
    return text;
}

bool flag(const Arguments& arguments, std::size_t place, std::string_view name, bool otherwise) {
    const auto* const given = argument(arguments, place, name);
    return given != nullptr ? given->truth() : otherwise;
}

Value xhtml_escape(const Arguments& arguments) {
    std::string out;
    append_xhtml_escaped(out, text_of(arguments[0]));
    return text_result(std::move(out));
}

Value xhtml_unescape(const Arguments& arguments) {
    return text_result(escape::xhtml_unescape(text_of(arguments[0])));
}

Value url_escape(const Arguments& arguments) {
    check_names(arguments, {"plus"});
    return text_result(escape::url_escape(text_of(arguments[0]), flag(arguments, 1, "plus", true)));
}

Value url_unescape(const Arguments& arguments) {
    check_names(arguments, {"plus"});
    auto decoded =
        escape::url_unescape_utf8(text_of(arguments[0]), flag(arguments, 1, "plus", true));
    if (!decoded) {
        throw Error{"UnicodeDecodeError", decoded.error().message()};
    }
    return text_result(std::move(*decoded));
}

Value json_encode(const Arguments& arguments) {
    return text_result(escape::json_encode(to_json(arguments[0])));
}

Value json_decode(const Arguments& arguments) {
    auto decoded = escape::json_decode(text_of(arguments[0]));
    if (!decoded) {
        throw Error{"ValueError", decoded.error().message()};
    }
    return Value{std::move(*decoded)};
}

Value squeeze(const Arguments& arguments) {
    return text_result(escape::squeeze(text_of(arguments[0])));
}

Value linkify(const Arguments& arguments) {
    check_names(arguments, {"shorten", "extra_params", "require_protocol", "permitted_protocols"});
    escape::LinkifyOptions options;
    options.shorten = flag(arguments, 1, "shorten", false);
    options.require_protocol = flag(arguments, 3, "require_protocol", false);
    const auto* const extra = argument(arguments, 2, "extra_params");
    if (extra != nullptr && extra->kind() == Kind::string) {
        options.extra_params = Access::text(*extra);
    } else if (extra != nullptr && !extra->is_null()) {
        options.extra_params_for = [extra](std::string_view address) {
            const auto href = from_text(std::string{address});
            return std::string{to_text(call(*extra, Arguments{&href, 1}))};
        };
    }
    std::vector<Value> protocols;
    if (const auto* const permitted = argument(arguments, 4, "permitted_protocols")) {
        protocols = all_of(*permitted);
        options.permitted_protocols.clear();
        for (const auto& protocol : protocols) {
            options.permitted_protocols.push_back(to_text(protocol));
        }
    }
    return text_result(escape::linkify(text_of(arguments[0]), std::move(options)));
}

/// The names that never change, found by their size and letters.
class NameTable {
public:
    explicit NameTable(const Namespace& names) noexcept {
        assert(names.size() < places_.size() / 2);
        for (const auto& item : names) {
            auto at = place_of(item.first);
            while (places_[at] != nullptr) {
                at = (at + 1) % places_.size();
            }
            places_[at] = &item;
        }
    }
    [[nodiscard]] const Value* find(std::string_view name) const noexcept {
        for (auto at = place_of(name); places_[at] != nullptr; at = (at + 1) % places_.size()) {
            if (places_[at]->first == name) {
                return &places_[at]->second;
            }
        }
        return nullptr;
    }

private:
    [[nodiscard]] std::size_t place_of(std::string_view name) const noexcept {
        std::size_t hash = name.size();
        if (!name.empty()) {
            const auto letter = [&](std::size_t at) {
                return static_cast<std::size_t>(static_cast<unsigned char>(name[at]));
            };
            hash += 7 * letter(0) + 31 * letter(name.size() / 2) + 131 * letter(name.size() - 1);
        }
        return hash % places_.size();
    }

    std::array<const Namespace::Item*, 512> places_{};
};

void add(Namespace& names, const std::vector<Builtin>& builtins) {
    for (const auto& builtin : builtins) {
        names.set(builtin.name, builtin_value(builtin));
    }
}

}  // namespace

const std::vector<Builtin>& escape_builtins() {
    static const std::vector<Builtin> builtins = {
        {"xhtml_escape", 1, 1, xhtml_escape},
        {"url_escape", 1, 2, url_escape, true},
        {"json_encode", 1, 1, json_encode},
        {"squeeze", 1, 1, squeeze},
        {"linkify", 1, 5, linkify, true},
        {"xhtml_unescape", 1, 1, xhtml_unescape},
        {"url_unescape", 1, 2, url_unescape, true},
        {"json_decode", 1, 1, json_decode},
    };
    return builtins;
}

Value builtin_value(const Builtin& builtin) noexcept {
    return Access::object(Kind::callable, &builtin_type, &builtin, nullptr);
}

const Builtin* as_builtin(const Value& value) noexcept {
    return value.kind() == Kind::callable && Access::type(value) == &builtin_type
               ? static_cast<const Builtin*>(Access::object(value))
               : nullptr;
}

Namespace escape_members() {
    Namespace names;
    add(names, escape_builtins());
    return names;
}

const Namespace& default_names() {
    static const Namespace names = [] {
        constexpr std::string_view of_tornado[] = {
            "xhtml_escape", "url_escape", "json_encode", "squeeze", "linkify"};
        Namespace made;
        for (const auto name : of_tornado) {
            made.set(name, *escape_members().find(name));
        }
        made.set("escape", *made.find("xhtml_escape"));
        made.set("datetime", datetime_module());
        add(made, sequence_builtins());
        add(made, number_builtins());
        add(made, object_builtins());
        made.update(exception_names());
        return made;
    }();
    return names;
}

const Value* find_default_name(std::string_view name) noexcept {
    static const NameTable table{default_names()};
    return table.find(name);
}

bool is_url_escape(const Value& value) noexcept {
    const auto* const builtin = as_builtin(value);
    return builtin != nullptr && builtin->call == &url_escape;
}

bool is_xhtml_escape(const Value& value) noexcept {
    const auto* const builtin = as_builtin(value);
    return builtin != nullptr && builtin->call == &xhtml_escape;
}

bool is_enumerate(const Value& value) noexcept {
    const auto* const builtin = as_builtin(value);
    return builtin != nullptr && builtin->name == "enumerate";
}

void append_xhtml_escaped(std::string& out, std::string_view text) {
    escape::append_xhtml_escaped(out, text);
}

}  // namespace tornado::templating::detail
