// doc/guide/security.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web.

#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace security_guide {

namespace web = tornado::web;
using tornado::Future;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello"); }
};

#include "security.snippets.hpp"

BOOST_AUTO_TEST_SUITE(security_guide_suite)

BOOST_AUTO_TEST_CASE(a_secret_with_versions_signs_with_the_newest) {
    const auto settings = rotated("old", "new");
    BOOST_TEST(*settings.cookie_secret.key(*settings.key_version) == "new");
    BOOST_TEST(*settings.cookie_secret.key(1) == "old");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace security_guide
