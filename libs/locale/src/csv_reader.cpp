#include "csv_reader.hpp"

#include <algorithm>
#include <tornado/log/logger.hpp>

namespace tornado::locale {

namespace {

/// What Unicode counts as white space, in UTF-8.
constexpr std::string_view spaces[] = {
    " ",      "\t",     "\n",     "\r",     "\v",     "\f",     "\u00a0", "\u0085", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
};

std::string_view trimmed(std::string_view text) {
    const auto* const end = std::end(spaces);
    const auto* space = std::begin(spaces);
    while (space != end) {
        space = std::find_if(std::begin(spaces), end, [&](auto s) { return text.starts_with(s); });
        text.remove_prefix(space != end ? space->size() : 0);
    }
    space = std::begin(spaces);
    while (space != end) {
        space = std::find_if(std::begin(spaces), end, [&](auto s) { return text.ends_with(s); });
        text.remove_suffix(space != end ? space->size() : 0);
    }
    return text;
}

/// The messages that a row's third column stands for; null when it is none of its three words.
CSVTranslations::Messages* messages_for(std::string_view plural, CSVTranslations& translations) {
    if (plural == "singular") {
        return &translations.singular;
    }
    if (plural == "plural") {
        return &translations.plural;
    }
    return plural.empty() || plural == "unknown" ? &translations.unknown : nullptr;
}

}  // namespace

bool CSVReader::at_line_end() const {
    return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r';
}

void CSVReader::skip_line_end() {
    if (!rest_.empty()) {
        rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
        ++line_;
    }
}

std::string CSVReader::field() {
    std::string text;
    bool quoted = rest_.starts_with('"');
    rest_.remove_prefix(quoted ? 1 : 0);
    while (quoted ? !rest_.empty() : !at_line_end() && rest_.front() != ',') {
        if (at_line_end()) {  // between quotes, however the file writes it
            skip_line_end();
            text += '\n';
            continue;
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (quoted && c == '"') {
            if (!rest_.starts_with('"')) {
                quoted = false;
                continue;
            }
            rest_.remove_prefix(1);
        }
        text += c;
    }
    return text;
}

bool CSVReader::next(std::vector<std::string>& row) {
    row.clear();
    row_line_ = line_;
    if (rest_.empty()) {
        return false;
    }
    if (at_line_end()) {
        skip_line_end();
        return true;
    }
    row.push_back(field());
    while (rest_.starts_with(',')) {
        rest_.remove_prefix(1);
        row.push_back(field());
    }
    skip_line_end();
    return true;
}

CSVTranslations parse_csv_translations(std::string_view text, std::string_view path) {
    CSVTranslations translations;
    CSVReader reader{text};
    std::vector<std::string> row;
    while (reader.next(row)) {
        if (row.size() < 2) {
            continue;
        }
        const auto plural = row.size() > 2 ? trimmed(row[2]) : std::string_view{};
        auto* messages = messages_for(plural, translations);
        if (messages == nullptr) {
            log::gen_log().error(
                "Unrecognized plural indicator \"", plural, "\" in ", path, " line ", reader.line()
            );
            continue;
        }
        messages->insert_or_assign(std::string{trimmed(row[0])}, trimmed(row[1]));
    }
    return translations;
}

}  // namespace tornado::locale
