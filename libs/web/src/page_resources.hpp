#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tornado::web {

class RequestHandler;
class UIModule;

namespace detail {

/// What the UI modules of a page want to be in its head and body.
class PageResources {
public:
    void add(UIModule& module);

    /// Puts all of it where Tornado puts it. Throws std::logic_error when there is no such place.
    void insert_into(std::string& html, RequestHandler& handler) const;

private:
    using Pieces = std::vector<std::string>;

    Pieces linked_js_;
    Pieces embedded_js_;
    Pieces linked_css_;
    Pieces embedded_css_;
    std::string head_;
    std::string body_;
};

}  // namespace detail
}  // namespace tornado::web
