#include "modules.hpp"

#include <algorithm>
#include <functional>

namespace blog {

using tornado::Future;

std::string EntryModule::render(const Entry& entry, std::optional<bool> full) {
    return render_string(
        "modules/entry.html", {{"entry", std::cref(entry)}, {"full", full.value_or(false)}}
    );
}

Future<std::string> RecentModule::render(std::string slug) {
    constexpr std::size_t shown = 3;
    auto entries = co_await store_.latest(shown + 1);
    std::erase_if(entries, [&](const auto& entry) { return entry->slug == slug; });
    entries.resize(std::min(entries.size(), shown));
    co_return render_string("modules/recent.html", {{"entries", std::cref(entries)}});
}

}  // namespace blog
