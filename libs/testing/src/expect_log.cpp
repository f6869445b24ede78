#include "tornado/testing/expect_log.hpp"

#include <atomic>
#include <boost/regex.hpp>
#include <exception>
#include <stdexcept>
#include <string>

#include "tornado/log.hpp"

namespace tornado::testing {

namespace {

boost::regex compile(std::string_view expression) {
    try {
        return boost::regex{expression.begin(), expression.end()};
    } catch (const boost::regex_error& error) {
        throw std::invalid_argument{
            "ExpectLog: \"" + std::string{expression} +
            "\" is no regular expression: " + error.what()};
    }
}

}  // namespace

struct ExpectLog::State {
    State(log::Logger& logger_watched, std::string_view text, ExpectLogOptions chosen)
        : logger{logger_watched},
          expression{text},
          regex{compile(text)},
          options{chosen},
          exceptions{std::uncaught_exceptions()} {
        if (options.level && !logger.enabled(*options.level)) {
            former_level = logger.level();
            logger.set_level(options.level);
            lowered = true;
        }
        filter = logger.add_filter([this](const log::Record& record) { return !matches(record); });
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        logger.remove_filter(filter);
        if (lowered) {
            logger.clear_level();
            if (logger.level() != former_level) {
                logger.set_level(former_level);  // it had a level of its own
            }
        }
    }

    bool matches(const log::Record& record) {
        if ((options.level && record.level != *options.level) ||
            !boost::regex_search(record.message, regex)) {
            return false;
        }
        ++count;
        return true;
    }

    void check() const {
        if (count == 0) {
            throw std::logic_error{
                "no record of " + std::string{logger.name()} + " matched \"" + expression + "\""};
        }
    }

    log::Logger& logger;
    const std::string expression;
    const boost::regex regex;
    const ExpectLogOptions options;
    const int exceptions;  ///< in flight when this was made
    std::optional<log::Level> former_level;
    bool lowered = false;
    log::FilterId filter{};
    std::atomic<std::size_t> count = 0;
};

ExpectLog::ExpectLog(log::Logger& logger, std::string_view regex, ExpectLogOptions options)
    : state_{std::make_unique<State>(logger, regex, options)} {}

ExpectLog::ExpectLog(std::string_view logger, std::string_view regex, ExpectLogOptions options)
    : ExpectLog{log::get_logger(logger), regex, options} {}

ExpectLog::~ExpectLog() noexcept(false) {
    const auto state = std::move(state_);  // the filter goes, whatever is thrown
    if (state->options.required && std::uncaught_exceptions() == state->exceptions) {
        state->check();
    }
}

std::size_t ExpectLog::count() const noexcept {
    return state_->count;
}

void ExpectLog::check() const {
    state_->check();
}

}  // namespace tornado::testing
