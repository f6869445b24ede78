#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

BOOST_AUTO_TEST_SUITE(coroutine_handlers)

BOOST_FIXTURE_TEST_CASE(what_is_written_between_waits_is_one_response, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(bool says_so) : finishes{says_so} {}
        Future<void> get() {
            co_await gen::moment();
            write("1");
            co_await gen::moment();
            write("2");
            co_await gen::moment();
            if (finishes) {
                finish("3");
            } else {
                write("3");
            }
        }
        bool finishes;
    };
    routes.push_back(web::url<Handler>("/finishes", true));
    routes.push_back(web::url<Handler>("/just_ends", false));
    BOOST_TEST(get("/finishes").body == "123");
    BOOST_TEST(get("/just_ends").body == "123");
}

BOOST_FIXTURE_TEST_CASE(prepare_and_verb_may_both_wait, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> prepare() {
            co_await gen::moment();
            chunks.push_back("1");
        }
        Future<void> get() {
            chunks.push_back("2");
            co_await gen::moment();
            chunks.push_back("3");
            co_await gen::moment();
            write(joined(chunks));
        }
        Events chunks;
    };
    serve<Handler>();
    BOOST_TEST(get().body == "1 2 3");
}

BOOST_FIXTURE_TEST_CASE(an_error_of_an_asynchronous_prepare_is_the_answer, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> prepare() {
            co_await gen::moment();
            throw web::HTTPError{403};
        }
        void get() { finish("ok"); }
    };
    serve<Handler>();
    BOOST_TEST(get().code == 403);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
