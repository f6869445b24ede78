#include <tornado/util/unique_function.hpp>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>

namespace {

using tornado::util::UniqueFunction;

BOOST_AUTO_TEST_SUITE(unique_function)

BOOST_AUTO_TEST_CASE(keeps_callables_that_cannot_be_copied) {
    UniqueFunction<int(int)> add = [base = std::make_unique<int>(40)](int x) { return *base + x; };
    BOOST_TEST(add(2) == 42);
    auto moved = std::move(add);
    BOOST_TEST(!add);
    BOOST_TEST(moved(1) == 41);
}

BOOST_AUTO_TEST_CASE(keeps_callables_larger_than_itself) {
    std::array<int, 64> numbers{};
    numbers[63] = 7;
    UniqueFunction<int()> last = [numbers] { return numbers[63]; };
    auto moved = std::move(last);
    BOOST_TEST(moved() == 7);
}

BOOST_AUTO_TEST_CASE(destroys_its_callable_once) {
    auto token = std::make_shared<int>(0);
    {
        UniqueFunction<void()> holder = [token] {};
        UniqueFunction<void()> other = std::move(holder);
        other = nullptr;
        BOOST_TEST(token.use_count() == 1);
    }
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_empty_function_pointer_makes_an_empty_function) {
    void (*nothing)() = nullptr;
    BOOST_TEST(!UniqueFunction<void()>{nothing});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
