#include <tornado/util/call_stack.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace util = tornado::util;

namespace call_stack_test {

/// Has a name that the symbol table holds.
[[gnu::noinline]] void throw_it() {
    throw std::runtime_error{"thrown"};
}

}  // namespace call_stack_test

namespace {

struct Keeping {
    Keeping() { util::keep_call_stacks(); }
    ~Keeping() { util::keep_call_stacks(false); }
};

std::exception_ptr caught() {
    try {
        call_stack_test::throw_it();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

BOOST_AUTO_TEST_SUITE(call_stack)

BOOST_FIXTURE_TEST_CASE(names_where_an_exception_was_thrown, Keeping) {
    const auto stack = util::call_stack_of(caught());
    BOOST_TEST(stack.starts_with("#0 call_stack_test::throw_it() ("));
    BOOST_TEST(stack.find("names_where_an_exception_was_thrown") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(stays_that_of_the_first_throw_when_it_is_thrown_again, Keeping) {
    const auto error = caught();
    try {
        std::rethrow_exception(error);
    } catch (...) {
        BOOST_TEST(util::call_stack_of(std::current_exception()) == util::call_stack_of(error));
    }
}

BOOST_FIXTURE_TEST_CASE(is_none_where_nothing_was_thrown, Keeping) {
    BOOST_TEST(util::call_stack_of(nullptr) == "");
    BOOST_TEST(util::call_stack_of(std::make_exception_ptr(std::runtime_error{"made"})) == "");
}

BOOST_AUTO_TEST_CASE(is_none_unless_it_is_kept) {
    BOOST_TEST(util::call_stack_of(caught()) == "");
}

BOOST_AUTO_TEST_CASE(an_exception_may_outlive_the_keeping_and_its_thread) {
    std::exception_ptr error;
    std::weak_ptr<int> watched;
    std::thread{[&] {
        const Keeping keeping;
        try {
            const auto thrown = std::make_shared<int>(1);
            watched = thrown;
            throw thrown;
        } catch (...) {
            error = std::current_exception();
        }
    }}.join();
    BOOST_TEST(util::call_stack_of(error) == "");
    BOOST_TEST(!watched.expired());
    error = nullptr;
    BOOST_TEST(watched.expired());  // destroyed as it would have been
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
