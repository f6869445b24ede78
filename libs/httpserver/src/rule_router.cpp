#include "tornado/httpserver/rule_router.hpp"

#include <algorithm>
#include <utility>

#include "tornado/log/logger.hpp"

namespace tornado::routing {

RuleRouter::RuleRouter(std::vector<Rule> rules) {
    for (auto& rule : rules) {
        rules_.push_back(std::move(rule));  // no subclass is there yet to process it
    }
}

void RuleRouter::add_rules(std::vector<Rule> rules) {
    for (auto& rule : rules) {
        rules_.push_back(process_rule(std::move(rule)));
    }
}

std::unique_ptr<httputil::HTTPMessageDelegate>
RuleRouter::find_handler(httputil::HTTPServerRequest& request, const PathArguments&) {
    for (const auto& rule : rules_) {
        if (const auto arguments = rule.matcher().match(request)) {
            if (auto delegate = get_target_delegate(rule.target(), request, *arguments)) {
                return delegate;
            }
        }
    }
    return nullptr;
}

Rule RuleRouter::process_rule(Rule rule) {
    return rule;
}

std::unique_ptr<httputil::HTTPMessageDelegate> RuleRouter::get_target_delegate(
    const RuleTarget& target,
    httputil::HTTPServerRequest& request,
    const PathArguments& arguments
) {
    return target.make_delegate(request, arguments);
}

ReversibleRuleRouter::ReversibleRuleRouter(std::vector<Rule> rules) {
    add_rules(std::move(rules));
}

std::optional<std::string> ReversibleRuleRouter::reverse_url(
    std::string_view name,
    std::span<const std::string> values
) const {
    if (const auto* const rule = find_rule(name)) {
        return rule->reverse(values);
    }
    for (const auto& rule : rules()) {
        if (const auto* const router = rule.target().reversible_router()) {
            if (auto url = router->reverse_url(name, values)) {
                return url;
            }
        }
    }
    return std::nullopt;
}

Rule ReversibleRuleRouter::process_rule(Rule rule) {
    if (!rule.name().empty()) {
        if (find_rule(rule.name()) != nullptr) {
            log::app_log().warning(
                "Multiple handlers named ", rule.name(), "; replacing previous value"
            );
        }
        named_rules_.push_back(rule);
    }
    return rule;
}

const Rule* ReversibleRuleRouter::find_rule(std::string_view name) const noexcept {
    const auto found =
        std::find_if(named_rules_.rbegin(), named_rules_.rend(), [&](const Rule& rule) {
            return rule.name() == name;
        });
    return found == named_rules_.rend() ? nullptr : &*found;
}

}  // namespace tornado::routing
