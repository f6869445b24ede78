#include "tornado/httpserver/rule_router.hpp"

#include <algorithm>
#include <typeinfo>
#include <utility>

#include "tornado/log/logger.hpp"

namespace tornado::routing {

RuleRouter::RuleRouter(std::vector<Rule> rules) {
    for (auto& rule : rules) {
        append(std::move(rule));  // no subclass is there yet to process it
    }
}

void RuleRouter::add_rules(std::vector<Rule> rules) {
    for (auto& rule : rules) {
        append(process_rule(std::move(rule)));
    }
}

void RuleRouter::append(Rule rule) {
    const auto* const matcher = &rule.matcher();
    const bool for_paths = typeid(*matcher) == typeid(PathMatches);  // a subclass may match less
    if (!for_paths || runs_.empty() || runs_.back().table.size() == 0) {
        runs_.push_back({rules_.size(), {}});
    }
    if (for_paths) {
        runs_.back().table.add(static_cast<const PathMatches*>(matcher)->pattern());
    }
    rules_.push_back(std::move(rule));
}

std::unique_ptr<httputil::HTTPMessageDelegate>
RuleRouter::find_handler(httputil::HTTPServerRequest& request, const TargetParams&) {
    for (const auto& run : runs_) {
        if (run.table.size() == 0) {
            const auto& rule = rules_[run.first];
            if (const auto params = rule.matcher().match(request)) {
                if (auto delegate = get_target_delegate(rule.target(), request, *params)) {
                    return delegate;
                }
            }
        } else if (auto delegate = find_by_path(run, request)) {
            return delegate;
        }
    }
    return nullptr;
}

std::unique_ptr<httputil::HTTPMessageDelegate>
RuleRouter::find_by_path(const Run& run, httputil::HTTPServerRequest& request) {
    PathGroups groups;
    for (std::size_t from = 0;; ++from) {
        from = run.table.find(request.path(), groups, from);
        if (from == RouteTable::npos) {
            return nullptr;
        }
        const auto& rule = rules_[run.first + from];
        const auto& matcher = static_cast<const PathMatches&>(rule.matcher());
        if (auto delegate = get_target_delegate(rule.target(), request, matcher.params(groups))) {
            return delegate;
        }
    }
}

Rule RuleRouter::process_rule(Rule rule) {
    return rule;
}

std::unique_ptr<httputil::HTTPMessageDelegate> RuleRouter::get_target_delegate(
    const RuleTarget& target,
    httputil::HTTPServerRequest& request,
    const TargetParams& params
) {
    return target.make_delegate(request, params);
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
        if (const auto* const routes = rule.target().named_routes()) {
            if (auto url = routes->reverse_url(name, values)) {
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
