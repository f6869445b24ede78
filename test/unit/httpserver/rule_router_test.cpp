#include <tornado/httpserver/rule_router.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/concurrent/promise.hpp>
#include <tornado/ioloop.hpp>
#include <utility>
#include <vector>

#include "../log_capture.hpp"
#include "exchange.hpp"

namespace {

using namespace tornado::routing;
using tornado::Future;
using tornado::httputil::HTTPConnection;
using tornado::httputil::HTTPMessageDelegate;
using tornado::httputil::HTTPServerConnectionDelegate;
using tornado::httputil::HTTPServerRequest;
using Strings = std::vector<std::string>;

/// A callback that answers with a text.
auto say(std::string text) {
    return [text = std::move(text)](HTTPServerRequest& request) {
        request.connection().send_response(200, {}, {}, std::string{text});
    };
}

/// Answers with what happened to it.
struct Recorder : HTTPMessageDelegate {
    Recorder(HTTPConnection& connection, std::string name)
        : exchange{connection},
          heard{std::move(name)} {}
    Future<void> headers_received(
        tornado::httputil::RequestHead& head,
        const tornado::httputil::Target& target
    ) override {
        heard.append(" ").append(head.method).append(" ").append(target.path);
        return Future<void>::ready();
    }
    Future<void> data_received(std::string_view chunk) override {
        heard.append(" ").append(chunk);
        return Future<void>::ready();
    }
    void finish() override { exchange.send_response(200, {}, {}, std::move(heard)); }
    void on_connection_close() override { exchange.abort(); }

    HTTPConnection& exchange;
    std::string heard;
};

struct RecordingServer : HTTPServerConnectionDelegate {
    std::unique_ptr<HTTPMessageDelegate> start_request(HTTPConnection& exchange) override {
        return std::make_unique<Recorder>(exchange, "server");
    }
};

/// A user's own router: by what stands in front of the path.
struct PrefixRouter : ReversibleRouter {
    explicit PrefixRouter(std::string path) : prefix{std::move(path)} {}

    std::unique_ptr<HTTPMessageDelegate>
    find_handler(HTTPServerRequest& request, const TargetParams& params) override {
        if (request.path().substr(0, prefix.size()) != prefix) {
            return nullptr;
        }
        std::string name = "router";
        for (const auto& value : params.path_args) {
            name += " [" + value.value_or("-") + "]";
        }
        return std::make_unique<Recorder>(request.connection(), name);
    }
    [[nodiscard]] std::optional<std::string>
    reverse_url(std::string_view name, std::span<const std::string>) const override {
        return name == "prefix" ? std::optional{prefix} : std::nullopt;
    }

    std::string prefix;
};

struct ThrowingRouter : Router {
    std::unique_ptr<HTTPMessageDelegate> find_handler(HTTPServerRequest&, const TargetParams&)
        override {
        throw std::runtime_error{"out of order"};
    }
};

struct Answer {
    int status = 0;
    std::string body;

    bool operator==(const Answer&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
        return out << answer.status << ' ' << answer.body;
    }
};

const Answer not_found{404, "404 Not Found\n"};
const Answer failed{500, "500 Internal Server Error\n"};

Answer fetch(HTTPServerConnectionDelegate& server, std::string request) {
    MemoryExchange exchange{std::move(request)};
    exchange.play(server);
    BOOST_TEST(exchange.finished);
    return {exchange.status, exchange.response};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rule_router)

BOOST_AUTO_TEST_CASE(a_router_serves_connections_by_itself) {
    PrefixRouter router{"/a"};
    BOOST_TEST(
        fetch(router, request_text("/ab?c", "x", "hello")) ==
        (Answer{200, "router POST /ab he ll o"})
    );
}

BOOST_AUTO_TEST_CASE(nobody_for_a_request_is_a_404) {
    PrefixRouter router{"/a"};
    BOOST_TEST(fetch(router, request_text("/b", "x", "body")) == not_found);
    RuleRouter no_rules;
    BOOST_TEST(fetch(no_rules, request_text("/")) == not_found);
}

BOOST_AUTO_TEST_CASE(who_asks_first_gets_a_404_before_the_body) {
    RuleRouter no_rules;
    MemoryExchange exchange{
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi"};
    exchange.begin(no_rules);
    BOOST_TEST(exchange.finished);
    BOOST_TEST(exchange.status == 404);
}

BOOST_AUTO_TEST_CASE(a_router_that_throws_is_logged_and_answers_500) {
    ThrowingRouter router;
    const DebugLogCapture logged;
    BOOST_TEST(fetch(router, request_text("/a")) == failed);
    BOOST_TEST(logged.count("out of order") == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_told_to_the_delegate) {
    PrefixRouter router{"/"};
    MemoryExchange exchange{request_text("/")};
    exchange.begin(router);
    exchange.delegate().on_connection_close();
    BOOST_TEST(exchange.aborted);
    MemoryExchange early{request_text("/")};
    router.start_request(early)->on_connection_close();  // before the head: nobody to tell
    BOOST_TEST(!early.aborted);
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_wins) {
    RuleRouter router{{{"/a", say("first")}, {"/a", say("second")}, {"/([a-z])", say("letter")}}};
    BOOST_TEST(fetch(router, request_text("/a")) == (Answer{200, "first"}));
    BOOST_TEST(fetch(router, request_text("/b")) == (Answer{200, "letter"}));
    BOOST_TEST(fetch(router, request_text("/1")) == not_found);
}

/// Matches paths of an even length only.
struct EvenPathMatches : PathMatches {
    using PathMatches::PathMatches;
    [[nodiscard]] std::optional<TargetParams> match(const HTTPServerRequest& request
    ) const override {
        return request.path().size() % 2 == 0 ? PathMatches::match(request) : std::nullopt;
    }
};

BOOST_AUTO_TEST_CASE(rules_of_all_kinds_are_tried_in_their_order) {
    RuleRouter router{
        {{"/a", say("literal")},
         {EvenPathMatches{"/[a-z]+"}, say("even")},
         {"/([a-z])", say("letter")},
         {HostMatches{"www"}, say("host")},
         {"/(.*)", say("all")}}};
    BOOST_TEST(fetch(router, request_text("/a", "www")) == (Answer{200, "literal"}));
    BOOST_TEST(fetch(router, request_text("/b", "www")) == (Answer{200, "even"}));
    BOOST_TEST(fetch(router, request_text("/bc", "www")) == (Answer{200, "host"}));
    BOOST_TEST(fetch(router, request_text("/bc", "x")) == (Answer{200, "all"}));
    router.add_rules({{"/never1", say("never")}, {AnyMatches{}, say("any")}});
    BOOST_TEST(fetch(router, request_text("/never1")) == (Answer{200, "all"}));
}

BOOST_AUTO_TEST_CASE(a_thousand_rules_for_paths_are_one_table) {
    const auto only = std::make_shared<PrefixRouter>("/item500");
    std::vector<Rule> rules;
    for (int i = 0; i < 1000; ++i) {
        rules.emplace_back("/item" + std::to_string(i), say(std::to_string(i)));
        rules.emplace_back("/item([0-9]+)", only, "item" + std::to_string(i));
    }
    RuleRouter router{std::move(rules)};
    BOOST_TEST(fetch(router, request_text("/item0")) == (Answer{200, "0"}));
    BOOST_TEST(fetch(router, request_text("/item999")) == (Answer{200, "999"}));
    BOOST_TEST(
        fetch(router, request_text("/item5000")) == (Answer{200, "router [5000] POST /item5000"})
    );
    BOOST_TEST(fetch(router, request_text("/item1000")) == not_found);
}

BOOST_AUTO_TEST_CASE(a_url_spec_is_a_rule_for_a_pattern) {
    const URLSpec spec{"/story/([0-9]+)", say("story"), "story"};
    BOOST_TEST(spec.pattern().text() == "/story/([0-9]+)");
    ReversibleRuleRouter router{{spec}};
    BOOST_TEST(router.reverse_url("story", Strings{"7"}).value() == "/story/7");
    BOOST_TEST(fetch(router, request_text("/story/7")) == (Answer{200, "story"}));
}

/// A user's own router: by the request's method.
struct MethodRouter : Router {
    std::unique_ptr<HTTPMessageDelegate>
    find_handler(HTTPServerRequest& request, const TargetParams& params) override {
        return RuleTarget{say(std::string{request.method()})}.make_delegate(request, params);
    }
};

BOOST_AUTO_TEST_CASE(a_router_may_decide_by_the_method) {
    MethodRouter router;
    BOOST_TEST(fetch(router, request_text("/a")) == (Answer{200, "POST"}));
}

BOOST_AUTO_TEST_CASE(a_target_without_a_delegate_lets_the_next_rule_try) {
    const auto inner = std::make_shared<PrefixRouter>("/a");
    RuleRouter router{{{"/.*", inner}, {"/b", say("second")}}};
    BOOST_TEST(fetch(router, request_text("/a")) == (Answer{200, "router POST /a"}));
    BOOST_TEST(fetch(router, request_text("/b")) == (Answer{200, "second"}));
    BOOST_TEST(fetch(router, request_text("/c")) == not_found);
}

BOOST_AUTO_TEST_CASE(targets_of_all_kinds) {
    RecordingServer server;
    PrefixRouter own{"/own"};
    RuleRouter router{
        {{"/server", server},
         {"/own/(.*)", own},
         {HostMatches{R"(www\.example\.com)"},
          std::make_shared<RuleRouter>(std::vector<Rule>{{"/nested", say("nested")}})},
         {"/both/([a-z]+)/([0-9]+)",
          [](HTTPServerRequest& request, const TargetParams& params) {
              request.connection().send_response(
                  200, {}, {}, *params.path_args[0] + *params.path_args[1] + request.body()
              );
          }},
         {AnyMatches{}, say("any")}}};
    BOOST_TEST(
        fetch(router, request_text("/server", "x", "abc")) ==
        (Answer{200, "server POST /server ab c"})
    );
    BOOST_TEST(
        fetch(router, request_text("/own/%41b")) == (Answer{200, "router [Ab] POST /own/%41b"})
    );
    BOOST_TEST(
        fetch(router, request_text("/nested", "WWW.example.com:80")) == (Answer{200, "nested"})
    );
    BOOST_TEST(fetch(router, request_text("/nested")) == (Answer{200, "any"}));
    BOOST_TEST(fetch(router, request_text("/both/x/1", "x", "body")) == (Answer{200, "x1body"}));
}

BOOST_AUTO_TEST_CASE(a_single_rule_in_braces) {
    RuleRouter router{{{"/a", say("only")}}};
    BOOST_TEST(fetch(router, request_text("/a")) == (Answer{200, "only"}));
    router.add_rules({{"/b", say("later")}});
    BOOST_TEST(fetch(router, request_text("/b")) == (Answer{200, "later"}));
}

BOOST_AUTO_TEST_CASE(a_target_that_is_null_is_refused) {
    BOOST_CHECK_THROW(RuleTarget{std::shared_ptr<RuleRouter>{}}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_callback_gets_the_whole_body) {
    RuleRouter router{
        {{"/echo", [](HTTPServerRequest& request) {
              request.connection().send_response(200, {}, {}, std::move(request.body()));
          }}}};
    BOOST_TEST(
        fetch(router, request_text("/echo", "x", "all of it")) == (Answer{200, "all of it"})
    );
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_logged_and_answered) {
    RuleRouter router{
        {{"/before", [](HTTPServerRequest&) { throw std::runtime_error{"too early"}; }},
         {"/amid", [](HTTPServerRequest& request) {
              request.connection().write_headers(200, {}, {}, "some").ignore();
              throw std::runtime_error{"too late"};
          }}}};
    const DebugLogCapture logged;
    BOOST_TEST(fetch(router, request_text("/before")) == failed);
    MemoryExchange exchange{request_text("/amid")};
    exchange.play(router);
    BOOST_TEST(exchange.status == 200);
    BOOST_TEST(exchange.aborted);
    BOOST_TEST(logged.count("Uncaught exception POST /before (192.0.2.1): ") == 1);
    BOOST_TEST(logged.count("too late") == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_a_coroutine) {
    auto& loop = tornado::ioloop::IOLoop::current();
    tornado::Promise<std::string> promise;
    const auto text = promise.future();
    RuleRouter router{{{"/later", [text](HTTPServerRequest& request) -> Future<void> {
                            const auto& body = co_await text;
                            request.connection().send_response(200, {}, {}, std::string{body});
                        }}}};
    MemoryExchange good{request_text("/later")};
    good.play(router);
    BOOST_TEST(!good.finished);
    promise.set_result("at last");
    loop.run_sync([&]() -> Future<void> { co_await text; });
    BOOST_TEST(good.response == "at last");
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_fails_later_is_logged_and_answered) {
    auto& loop = tornado::ioloop::IOLoop::current();
    tornado::Promise<void> promise;
    const auto wait = promise.future();
    RuleRouter router{{{"/later", [wait](HTTPServerRequest&) -> Future<void> { co_await wait; }}}};
    MemoryExchange exchange{request_text("/later")};
    const DebugLogCapture logged;
    exchange.play(router);
    promise.set_exception(std::runtime_error{"never mind"});
    loop.add_callback([&] { loop.add_callback([&] { loop.stop(); }); });
    loop.start();
    BOOST_TEST(exchange.status == 500);
    BOOST_TEST(logged.count("never mind") == 1);
}

/// A router whose hooks mark rules and refuse targets.
class HookedRouter : public RuleRouter {
public:
    int processed = 0;
    bool open = true;

protected:
    Rule process_rule(Rule rule) override {
        ++processed;
        return rule;
    }
    std::unique_ptr<HTTPMessageDelegate> get_target_delegate(
        const RuleTarget& target,
        HTTPServerRequest& request,
        const TargetParams& params
    ) override {
        return open ? RuleRouter::get_target_delegate(target, request, params) : nullptr;
    }
};

BOOST_AUTO_TEST_CASE(subclasses_have_hooks) {
    HookedRouter router;
    router.add_rules({{"/a", say("a")}, {"/b", say("b")}});
    BOOST_TEST(router.processed == 2);
    BOOST_TEST(fetch(router, request_text("/b")) == (Answer{200, "b"}));
    router.open = false;
    BOOST_TEST(fetch(router, request_text("/b")) == not_found);
}

BOOST_AUTO_TEST_CASE(reverse_url_finds_rules_by_name) {
    const ReversibleRuleRouter router{
        {{"/first", say(""), "first"},
         {"/story/([0-9]+)/(.*)", say(""), "story"},
         {HostMatches{"x"}, say(""), "host"}}};
    BOOST_TEST(router.reverse_url("first", {}).value() == "/first");
    BOOST_TEST(router.reverse_url("story", Strings{"7", "a b"}).value() == "/story/7/a%20b");
    BOOST_TEST(!router.reverse_url("unknown", {}).has_value());
    BOOST_TEST(!router.reverse_url("", {}).has_value());
    BOOST_TEST(!router.reverse_url("host", {}).has_value());
    BOOST_CHECK_THROW((void)router.reverse_url("story", Strings{"7"}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(reverse_url_asks_nested_routers) {
    PrefixRouter prefix{"/p"};
    const auto inner = std::make_shared<ReversibleRuleRouter>(std::vector<Rule>{
        {"/inner/([a-z])", say(""), "inner"}, {"/hidden", say(""), "outer"}});
    const ReversibleRuleRouter router{
        {{"/.*", inner}, {AnyMatches{}, prefix}, {"/outer", say(""), "outer"}}};
    BOOST_TEST(router.reverse_url("inner", Strings{"x"}).value() == "/inner/x");
    BOOST_TEST(router.reverse_url("outer", {}).value() == "/outer");
    BOOST_TEST(router.reverse_url("prefix", {}).value() == "/p");
}

BOOST_AUTO_TEST_CASE(of_two_rules_with_one_name_the_later_counts) {
    const DebugLogCapture logged;
    ReversibleRuleRouter router{{{"/old", say("old"), "same"}}};
    router.add_rules({{"/new", say("new"), "same"}});
    BOOST_TEST(router.reverse_url("same", {}).value() == "/new");
    BOOST_TEST(logged.count("Multiple handlers named same") == 1);
    BOOST_TEST(fetch(router, request_text("/old")) == (Answer{200, "old"}));
}

BOOST_AUTO_TEST_SUITE_END()
