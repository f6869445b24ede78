#include "tornado/httpserver/rule.hpp"

#include <stdexcept>

#include "plain_delegates.hpp"

namespace tornado::routing {

RuleTarget::RuleTarget(httputil::HTTPServerConnectionDelegate& delegate)
    : delegate_{std::shared_ptr<void>{}, &delegate} {}

RuleTarget::SharedDelegate RuleTarget::checked(SharedDelegate delegate) {
    if (delegate == nullptr) {
        throw std::invalid_argument{"A rule needs a target that is not null"};
    }
    return delegate;
}

std::unique_ptr<httputil::HTTPMessageDelegate>
RuleTarget::make_delegate(httputil::HTTPServerRequest& request, const TargetParams& params) const {
    if (callback_ != nullptr) {
        return std::make_unique<CallbackDelegate>(callback_, request, params);
    }
    if (auto* const router = dynamic_cast<Router*>(delegate_.get())) {
        return router->find_handler(request, params);
    }
    return delegate_->start_request(request.connection());
}

const NamedRoutes* RuleTarget::named_routes() const noexcept {
    return dynamic_cast<const NamedRoutes*>(delegate_.get());
}

}  // namespace tornado::routing
