#include "tornado/web/static_content.hpp"

#include <utility>

namespace tornado::web {

std::shared_ptr<const StaticContent> StaticContent::of(
    std::string bytes,
    std::string version,
    std::optional<std::chrono::system_clock::time_point> modified
) {
    auto content = std::make_shared<StaticContent>();
    content->size = bytes.size();
    content->bytes = std::move(bytes);
    content->version = std::move(version);
    content->modified = modified;
    return content;
}

}  // namespace tornado::web
