#include <tornado/util/unique_function.hpp>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

// Not in an anonymous namespace, where g++ would put all of it into one function.
namespace unique_function_test {

using tornado::util::UniqueFunction;

// As code of another source file: calls through these are never seen through.
UniqueFunction<void()> kept;
void (*volatile keep)(UniqueFunction<void()>) = [](auto function) { kept = std::move(function); };
void (*volatile call)() = [] { kept(); };

template <typename F>
UniqueFunction<void()> wrap(F callable) {
    return [callable = std::move(callable)]() mutable { callable(); };
}

template <typename F>
void keep_wrapped(F&& callable) {
    keep(wrap(std::forward<F>(callable)));
}

bool changes_are_seen() {
    int x = 1;
    const int* pointer = &x;
    keep_wrapped([&] { pointer = nullptr; });
    call();
    kept = nullptr;
    return pointer == nullptr;
}

}  // namespace unique_function_test

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

BOOST_AUTO_TEST_CASE(the_compiler_sees_that_a_callable_may_change_what_it_refers_to) {
    BOOST_TEST(unique_function_test::changes_are_seen());  // it did not with g++ 12 at -O1
}

BOOST_AUTO_TEST_CASE(an_empty_function_pointer_makes_an_empty_function) {
    void (*nothing)() = nullptr;
    BOOST_TEST(!UniqueFunction<void()>{nothing});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
