// doc/guide/testing.md: what its snippets take for granted, and the snippets, which are tests.

#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

namespace testing_guide {

namespace gen = tornado::gen;
namespace log = tornado::log;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello, world"); }
    void post() { write(get_argument("name")); }
};

struct FailingHandler : web::RequestHandler {
    void get() { throw std::runtime_error{"thrown on purpose"}; }
};

struct FailingTest : testing::AsyncHTTPTestCase {
    App get_app() override {
        return std::make_shared<web::Application>(std::vector{web::url<FailingHandler>("/")});
    }
};

struct BankTest : testing::AsyncTestCase {
    Future<void> transfer(int& from, int& to) {
        for (int i = 0; i < 10; ++i) {
            --from;
            ++to;
            co_await gen::moment();
        }
    }
    Future<void> transfer_to_and_fro() {
        const auto there = transfer(one_, other_);
        co_await transfer(other_, one_);
        co_await there;
    }
    [[nodiscard]] int total() const { return one_ + other_; }

private:
    int one_ = 70;
    int other_ = 30;
};

BOOST_AUTO_TEST_SUITE(testing_guide_suite)

#include "testing.snippets.hpp"

BOOST_AUTO_TEST_SUITE_END()

}  // namespace testing_guide
