#include "markdown.hpp"

#include <tornado/escape.hpp>

#include <list>
#include <unordered_map>
#include <vector>

#include "inline_text.hpp"

namespace blog {

namespace {

using Lines = std::vector<std::string_view>;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\v\f";
    const auto begin = text.find_first_not_of(space);
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        lines.push_back(line);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return lines;
}

/// What a line begins with that makes it part of a block, and how long that is.
enum class Mark { none, heading, bullet, number, quote, fence };

struct Start {
    Mark mark = Mark::none;
    std::size_t size = 0;
};

Start start_of(std::string_view line) {
    if (line.starts_with("```")) {
        return {Mark::fence, line.size()};
    }
    const auto hashes = line.find_first_not_of('#');
    if (hashes != line.npos && hashes >= 1 && hashes <= 3 && line[hashes] == ' ') {
        return {Mark::heading, hashes + 1};
    }
    if (line.starts_with("- ") || line.starts_with("* ")) {
        return {Mark::bullet, 2};
    }
    if (line.starts_with("> ") || line == ">") {
        return {Mark::quote, line == ">" ? std::size_t{1} : std::size_t{2}};
    }
    const auto digits = line.find_first_not_of("0123456789");
    constexpr std::size_t most_digits = 9;
    if (digits != line.npos && digits >= 1 && digits <= most_digits &&
        line.substr(digits).starts_with(". ")) {
        return {Mark::number, digits + 2};
    }
    return {};
}

/// Goes through the lines, block by block.
class Blocks {
public:
    explicit Blocks(const Lines& lines) : lines_{lines} {}

    std::string html() {
        while (at_ < lines_.size()) {
            const auto line = lines_[at_];
            if (trimmed(line).empty()) {
                ++at_;
                continue;
            }
            block(start_of(line));
        }
        return std::move(html_);
    }

private:
    void block(Start start) {
        switch (start.mark) {
            case Mark::fence:
                return code();
            case Mark::heading:
                return heading(start);
            case Mark::bullet:
                return list(Mark::bullet, "ul");
            case Mark::number:
                return list(Mark::number, "ol");
            case Mark::quote:
                return quote();
            case Mark::none:
                return add("p", inline_html(text_until_next_block()));
        }
    }

    void add(std::string_view tag, std::string_view inside) {
        html_.append("<").append(tag).append(">").append(inside);
        html_.append("</").append(tag).append(">\n");
    }

    void heading(Start start) {
        const std::string tag{'h', static_cast<char>('0' + start.size)};  // "# " is h2
        add(tag, inline_html(trimmed(lines_[at_++].substr(start.size))));
    }

    void code() {
        std::string text;
        for (++at_; at_ < lines_.size() && start_of(lines_[at_]).mark != Mark::fence; ++at_) {
            text.append(lines_[at_]).append("\n");
        }
        ++at_;
        add("pre", "<code>" + tornado::escape::xhtml_escape(text) + "</code>");
    }

    /// Lines up to an empty one, or one that begins another block.
    std::string text_until_next_block(std::size_t skip = 0) {
        std::string text{trimmed(lines_[at_++].substr(skip))};
        while (at_ < lines_.size() && !trimmed(lines_[at_]).empty() &&
               start_of(lines_[at_]).mark == Mark::none) {
            text.append("\n").append(trimmed(lines_[at_++]));
        }
        return text;
    }

    void list(Mark mark, std::string_view tag) {
        std::string items;
        while (at_ < lines_.size() && start_of(lines_[at_]).mark == mark) {
            const auto item = text_until_next_block(start_of(lines_[at_]).size);
            items += "\n<li>" + inline_html(item) + "</li>";
            if (at_ + 1 < lines_.size() && trimmed(lines_[at_]).empty() &&
                start_of(lines_[at_ + 1]).mark == mark) {
                ++at_;  // an empty line between items
            }
        }
        add(tag, items + "\n");
    }

    void quote() {
        std::string text;
        while (at_ < lines_.size() && start_of(lines_[at_]).mark == Mark::quote) {
            const auto line = trimmed(lines_[at_].substr(start_of(lines_[at_]).size));
            text.append(text.empty() ? "" : "\n").append(line);
            ++at_;
        }
        add("blockquote", "<p>" + inline_html(text) + "</p>");
    }

    const Lines& lines_;
    std::size_t at_ = 0;
    std::string html_;
};

/// The texts that were asked for last, and what was made of them.
class KeptHtml {
public:
    std::shared_ptr<const std::string> get(std::string_view text) {
        if (const auto found = places_.find(text); found != places_.end()) {
            kept_.splice(kept_.begin(), kept_, found->second);
            return found->second->html;
        }
        kept_.push_front({std::string{text}, std::make_shared<const std::string>(markdown(text))});
        auto html = kept_.front().html;
        places_.emplace(kept_.front().text, kept_.begin());
        size_ += size_of(kept_.front());
        while (size_ > most) {
            size_ -= size_of(kept_.back());
            places_.erase(kept_.back().text);
            kept_.pop_back();
        }
        return html;
    }

private:
    struct Item {
        std::string text;
        std::shared_ptr<const std::string> html;
    };
    static constexpr std::size_t most = std::size_t{4} << 20U;

    static std::size_t size_of(const Item& item) {
        constexpr std::size_t around = 200;
        return item.text.size() + item.html->size() + around;
    }

    std::list<Item> kept_;  // the last one first
    std::unordered_map<std::string_view, std::list<Item>::iterator> places_;
    std::size_t size_ = 0;
};

/// Where to cut a text before `length`: between words, or at least between characters.
std::size_t end_of_word(std::string_view text, std::size_t length) {
    if (const auto space = text.rfind(' ', length); space != text.npos && space > length / 2) {
        return space;
    }
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        --length;
    }
    return length;
}

}  // namespace

std::string markdown(std::string_view text) {
    return Blocks{lines_of(text)}.html();
}

std::shared_ptr<const std::string> shared_markdown(std::string_view text) {
    thread_local KeptHtml kept;
    return kept.get(text);
}

std::string summary(std::string_view text, std::size_t length) {
    std::string plain;
    bool in_code = false;
    for (const auto line : lines_of(text)) {
        const auto start = start_of(line);
        in_code = in_code != (start.mark == Mark::fence);
        const bool is_text = start.mark != Mark::fence && start.mark != Mark::heading;
        if (in_code || !is_text || trimmed(line).empty()) {
            continue;
        }
        plain.append(plain.empty() ? "" : " ").append(plain_text(trimmed(line.substr(start.size))));
        if (plain.size() > length) {
            plain.resize(end_of_word(plain, length));
            return plain + " …";
        }
    }
    return plain;
}

}  // namespace blog
