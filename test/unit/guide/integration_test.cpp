// doc/guide/integration.md: what its snippets take for granted, and the snippets.

#if defined TORNADO_HAS_LIBUV && defined TORNADO_HAS_GIO

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <tornado/ioloop.hpp>
#include <tornado/platform/glib.hpp>
#include <tornado/platform/guest.hpp>
#include <tornado/platform/uv.hpp>

#include <gio/gio.h>
#include <uv.h>

#include "../loop_fixture.hpp"

namespace integration_guide {

namespace ioloop = tornado::ioloop;
namespace platform = tornado::platform;

struct Game {
    void tick() { throw std::runtime_error{"the ball is lost"}; }
};

/// A library that knows nothing of us: its jobs are due one after the other.
class JobLibrary {
public:
    static int descriptor() { return -1; }
    [[nodiscard]] int until_next_job() const {
        using namespace std::chrono;
        const auto wait = ceil<milliseconds>(due_ - steady_clock::now()).count();
        return left == 0 ? -1 : static_cast<int>(std::max<std::int64_t>(wait, 0));
    }
    void run_due_jobs() {
        if (until_next_job() == 0) {
            --left;
            due_ += std::chrono::milliseconds{2};
        }
    }
    static inline int left = 5;

private:
    std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::now();
};

#include "integration.snippets.hpp"

}  // namespace integration_guide

BOOST_FIXTURE_TEST_SUITE(integration_guide_suite, LoopFixture)

BOOST_AUTO_TEST_CASE(programs_of_either_library_run_to_their_end) {
    integration_guide::platform::UVLoop uv;
    BOOST_TEST(!integration_guide::run_a_program_of_libuvs(uv));
    integration_guide::platform::GLibLoop glib;
    integration_guide::run_a_program_of_glibs(glib);
    BOOST_TEST(glib.serving());
}

BOOST_AUTO_TEST_CASE(a_loop_of_another_kind_is_served_until_it_has_no_more_to_do) {
    const integration_guide::jobs::Program program;
    until([] { return integration_guide::JobLibrary::left == 0; });
}

BOOST_AUTO_TEST_CASE(an_exception_in_a_callback_of_c_comes_to_our_handler) {
    std::exception_ptr seen;
    loop.set_exception_handler([&](std::exception_ptr error) { seen = std::move(error); });
    integration_guide::Game game;
    uv_timer_t timer{};
    timer.data = &game;
    integration_guide::on_timer(&timer);
    BOOST_CHECK_THROW(std::rethrow_exception(seen), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
