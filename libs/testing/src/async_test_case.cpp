#include "tornado/testing/async_test_case.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "tornado/log.hpp"

namespace tornado::testing {

ioloop::Duration get_async_test_timeout() {
    std::chrono::duration<double> seconds{5};
    if (const char* setting = std::getenv("ASYNC_TEST_TIMEOUT")) {
        const std::string_view text{setting};
        double wanted = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), wanted);
        constexpr double a_day = 86'400;
        if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && wanted > 0 &&
            wanted < a_day) {
            seconds = std::chrono::duration<double>{wanted};
        }
    }
    return std::chrono::duration_cast<ioloop::Duration>(seconds);
}

AsyncTestCase::AsyncTestCase() {
    loop_.set_exception_handler([this](std::exception_ptr error) {
        caught_in_background(std::move(error));
    });
}

AsyncTestCase::~AsyncTestCase() {
    close_loop();
    if (background_) {
        log::app_log().error(
            "Exception in a test's background: ", log::format_exception(background_)
        );
    }
}

void AsyncTestCase::teardown() {
    close_loop();
    rethrow_from_background();
}

void AsyncTestCase::close_loop() {
    loop_.close();
}

void AsyncTestCase::caught_in_background(std::exception_ptr error) {
    if (background_) {
        log::app_log().error(
            "Another exception in a test's background: ", log::format_exception(error)
        );
        return;
    }
    background_ = std::move(error);
    if (running_) {
        loop_.stop();
    }
}

void AsyncTestCase::rethrow_from_background() {
    if (background_) {
        std::rethrow_exception(std::exchange(background_, nullptr));
    }
}

}  // namespace tornado::testing
