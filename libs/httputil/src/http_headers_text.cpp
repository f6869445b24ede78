#include "character.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httputil {

std::string HTTPHeaders::setdefault(std::string_view name, std::string_view value) {
    if (auto present = get(name)) {
        return *std::move(present);
    }
    const auto header = size();
    add(name, value);
    return std::string{(*this)[header].value};
}

void HTTPHeaders::update(const HTTPHeaders& others) {
    if (&others == this) {
        return;
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
        const auto [name, value] = others[i];
        if (others.find_from(0, name, others.known_at(i)) == i) {
            set(name, value);
        } else {
            add(name, value);
        }
    }
}

bool HTTPHeaders::operator==(const HTTPHeaders& other) const {
    if (size() != other.size()) {
        return false;
    }
    for (std::size_t i = 0; i < size(); ++i) {
        const auto name = (*this)[i].name;
        if (find_from(0, name, known_at(i)) == i && get_list(name) != other.get_list(name)) {
            return false;
        }
    }
    return true;
}

std::string HTTPHeaders::to_string() const {
    std::string text;
    text.reserve(wire_size());
    for (const auto field : *this) {
        text.append(normalize_name(field.name)).append(": ").append(field.value).append(1, '\n');
    }
    return text;
}

void HTTPHeaders::append_to(std::string& out) const {
    if (!borrowed_) {
        out.append(text_);
        return;
    }
    for (const auto field : *this) {
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
}

std::size_t HTTPHeaders::wire_size() const noexcept {
    if (!borrowed_) {
        return text_.size();
    }
    std::size_t size = 0;
    for (const auto& entry : entries_) {
        size += entry.name_length + std::size_t{entry.value_length} + 4;
    }
    return size;
}

std::string HTTPHeaders::normalize_name(std::string_view name) {
    std::string normal{name};
    bool starts_word = true;
    for (auto& c : normal) {
        c = starts_word ? upper(c) : lower(c);
        starts_word = c == '-';
    }
    return normal;
}

void HTTPHeaders::add_unchecked(std::string_view name, std::string_view value) {
    make_owned();
    append(name, known_header(name), value);
}

void HTTPHeaders::add_unchecked(KnownHeader header, std::string_view value) {
    make_owned();
    append(header_name(header), header, value);
}

}  // namespace tornado::httputil
