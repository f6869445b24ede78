#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace notes {

struct Author {
    std::string name;
    std::optional<std::string> home;
};
BOOST_DESCRIBE_STRUCT(Author, (), (name, home))

struct Base {
    std::uint32_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Base, (), (id))

struct Note : Base {
    std::string title;
    double weight = 1.5;
    bool is_draft = false;
    std::vector<std::string> tags;
    std::vector<bool> flags = {true, false};
    std::map<std::string, int> counts;
    std::map<int, std::string> by_number;
    std::pair<std::string, int> pair{"left", 2};
    std::optional<Author> author;
    std::shared_ptr<const Author> editor;
    [[nodiscard]] std::string link() const { return "/note/" + std::to_string(id); }
    [[nodiscard]] const std::vector<std::string>& all_tags() const { return tags; }
    [[nodiscard]] std::vector<Author> friends() const { return {{"Ann", "x"}, {"Bob", {}}}; }
    [[nodiscard]] std::string shortened(int length) const {
        return title.substr(0, static_cast<std::size_t>(length));
    }
    [[nodiscard]] int failing() const { throw std::out_of_range{"nothing there"}; }
};
BOOST_DESCRIBE_STRUCT(
    Note,
    (Base),
    (title,
     weight,
     is_draft,
     tags,
     flags,
     counts,
     by_number,
     pair,
     author,
     editor,
     link,
     all_tags,
     friends,
     shortened,
     failing)
)

}  // namespace notes
