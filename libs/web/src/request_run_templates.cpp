#include "page.hpp"
#include "request_course.hpp"
#include "template_loaders.hpp"

namespace tornado::web::detail {

Page& RequestRun::page() {
    if (page_ == nullptr) {
        auto& its = application();
        if (!its.settings().compiled_template_cache.value_or(true)) {
            its.template_loaders_->reset();
        }
        page_ = std::make_unique<Page>(*handler_);
    }
    return *page_;
}

std::shared_ptr<const templating::Template> RequestRun::load_template(std::string_view name) {
    static_cast<void>(page());  // forgets what is old
    return application().template_loaders_->of(*handler_).load(name);
}

}  // namespace tornado::web::detail
