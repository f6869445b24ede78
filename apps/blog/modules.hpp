#pragma once

#include <tornado/template/datetime.hpp>
#include <tornado/template/described.hpp>
#include <tornado/web/templates.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store.hpp"

namespace blog {

/// `{% module Entry(entry, full=True) %}`: an entry, or the beginning of it.
class EntryModule : public tornado::web::UIModule {
public:
    std::string render(const Entry& entry, std::optional<bool> full);
    [[nodiscard]] std::vector<std::string> css_files() override { return {"entry.css"}; }
};

/// `{% module Recent(slug) %}`: the latest entries but this one. Asks the store itself, so that its
/// page is rendered by render_async().
class RecentModule : public tornado::web::UIModule {
public:
    explicit RecentModule(Store& store) : store_{store} {}
    tornado::Future<std::string> render(std::string slug);

private:
    Store& store_;
};

}  // namespace blog
