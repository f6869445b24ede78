#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httpserver/route_table.hpp"
#include "tornado/httpserver/router.hpp"
#include "tornado/httpserver/rule.hpp"

namespace tornado::routing {

/// A router that asks its rules in their order. The first whose matcher matches and whose target
/// has a delegate for the request wins. Rules for paths that stand side by side are not tried one
/// by one: see RouteTable.
///
/// Ownership: owns its rules; see RuleTarget for theirs. Thread safety: that of its targets, while
/// no rules are added.
/// Mirrors `tornado.routing.RuleRouter`.
///
///     RuleRouter router{{{"/health", [](HTTPServerRequest& request) {
///                             request.connection().send_response(200, "", {}, "ok");
///                         }},
///                        {HostMatches{"api[.]example[.]com"}, api_application}}};
///     HTTPServer server{router};
class RuleRouter : public virtual Router {
public:
    RuleRouter() = default;
    explicit RuleRouter(std::vector<Rule> rules);

    /// Puts rules behind those that are there.
    void add_rules(std::vector<Rule> rules);

    std::unique_ptr<httputil::HTTPMessageDelegate>
    find_handler(httputil::HTTPServerRequest& request, const TargetParams& params) override;

protected:
    /// What add_rules() adds in place of `rule`; a hook for subclasses.
    virtual Rule process_rule(Rule rule);

    /// The delegate of a rule that has matched, or null to go on with the next one; a hook for
    /// subclasses.
    virtual std::unique_ptr<httputil::HTTPMessageDelegate> get_target_delegate(
        const RuleTarget& target,
        httputil::HTTPServerRequest& request,
        const TargetParams& params
    );

    [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }

private:
    /// Rules side by side: some for paths, which are in the table, or one of another kind.
    struct Run {
        std::size_t first;
        RouteTable table;
    };

    void append(Rule rule);
    [[nodiscard]] std::unique_ptr<httputil::HTTPMessageDelegate>
    find_by_path(const Run& run, httputil::HTTPServerRequest& request);

    std::vector<Rule> rules_;
    std::vector<Run> runs_;
};

/// A rule router that finds URLs by the names of its rules and, if it knows none, by those of the
/// reversible routers and applications among its targets.
///
/// Of two rules with one name the later counts, and a warning is logged.
/// Mirrors `tornado.routing.ReversibleRuleRouter`.
class ReversibleRuleRouter : public RuleRouter, public ReversibleRouter {
public:
    ReversibleRuleRouter() = default;
    explicit ReversibleRuleRouter(std::vector<Rule> rules);

    [[nodiscard]] std::optional<std::string>
    reverse_url(std::string_view name, std::span<const std::string> values) const override;

protected:
    Rule process_rule(Rule rule) override;

private:
    [[nodiscard]] const Rule* find_rule(std::string_view name) const noexcept;

    std::vector<Rule> named_rules_;
};

}  // namespace tornado::routing
