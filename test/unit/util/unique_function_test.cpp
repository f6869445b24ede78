#include <tornado/util/unique_function.hpp>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

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

BOOST_AUTO_TEST_CASE(passes_references_and_values_that_cannot_be_copied) {
    UniqueFunction<std::unique_ptr<int>(std::unique_ptr<int>, int&)> call =
        [](std::unique_ptr<int> owned, int& count) {
            count += *owned;
            return owned;
        };
    int count = 1;
    const auto back = call(std::make_unique<int>(2), count);
    BOOST_TEST(*back == 2);
    BOOST_TEST(count == 3);
}

BOOST_AUTO_TEST_CASE(what_its_callable_throws_comes_through) {
    UniqueFunction<void()> fail = [] { throw std::runtime_error{"thrown"}; };
    BOOST_CHECK_THROW(fail(), std::runtime_error);
    BOOST_TEST(static_cast<bool>(fail));
}

BOOST_AUTO_TEST_CASE(moving_onto_itself_changes_nothing) {
    UniqueFunction<int()> seven = [] { return 7; };
    auto& alias = seven;
    seven = std::move(alias);
    BOOST_TEST(seven() == 7);
}

BOOST_AUTO_TEST_CASE(an_empty_function_pointer_makes_an_empty_function) {
    void (*nothing)() = nullptr;
    BOOST_TEST(!UniqueFunction<void()>{nothing});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
