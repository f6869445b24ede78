#include "tornado/testing/async_test_case.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include "real_timeout.hpp"
#include "tornado/log.hpp"
#include "tornado/testing/shuffled_schedule.hpp"

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
    if (const auto seed = get_async_test_seed()) {
        shuffle_ = std::make_unique<ShuffledSchedule>(loop_, *seed);
    }
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
    if (running_ != nullptr) {
        loop_.stop();
    }
}

AsyncTestCase::Running::Running(AsyncTestCase& test, ioloop::Duration timeout)
    : test_{test},
      timeout_{timeout} {
    if (test_.limit_ == nullptr) {
        test_.limit_ =
            std::make_unique<RealTimeout>(test_.loop_, [&test] { test.running_->time_is_over(); });
    }
    test_.limit_->set(std::max(timeout, ioloop::Duration{1}));
    test_.running_ = this;
}

AsyncTestCase::Running::~Running() {
    test_.running_ = nullptr;
    test_.limit_->set(ioloop::Duration::zero());
}

void AsyncTestCase::Running::time_is_over() {
    timed_out_ = true;
    if (work_ == nullptr || (!work_->settled() && !work_->cancel())) {
        gave_up_ = true;
        test_.loop_.stop();
    }
}

void AsyncTestCase::Running::throw_if_timed_out() const {
    if (gave_up_ || (timed_out_ && concurrent::is_cancellation(std::current_exception()))) {
        const auto milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(timeout_).count();
        throw ioloop::TimeoutError{
            "Operation timed out after " + std::to_string(milliseconds) + " ms"};
    }
}

void AsyncTestCase::rethrow_from_background() {
    if (background_) {
        std::rethrow_exception(std::exchange(background_, nullptr));
    }
}

}  // namespace tornado::testing
