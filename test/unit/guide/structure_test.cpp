// doc/guide/structure.md: what its snippets take for granted, and the snippets.

#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace structure_guide {

namespace web = tornado::web;

struct Stories {};
struct MainHandler : web::RequestHandler {
    void get() {}
};
struct StoryHandler : web::RequestHandler {
    explicit StoryHandler(Stories& /*stories*/) {}
    void get(int /*id*/) {}
};

#include "structure.snippets.hpp"

BOOST_AUTO_TEST_SUITE(structure_guide_suite)

BOOST_AUTO_TEST_CASE(routes_of_several_parts_make_one_application) {
    Stories stories;
    const web::Application application{parts::all_routes(stories)};
    BOOST_TEST(application.reverse_url("story", {"1"}) == "/story/1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace structure_guide
