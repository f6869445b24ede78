#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Makes patterns and paths that have much in common, the same ones in each run.
class RandomRoutes {
public:
    explicit RandomRoutes(unsigned seed) : random_{seed} {}

    /// A pattern of up to four parts, most of which have a shape.
    std::string pattern() {
        std::string result = "/";
        for (auto parts = below(5); parts > 0; --parts) {
            result += part();
        }
        return result;
    }

    /// Only literal text.
    std::string literal() {
        std::string result = "/";
        for (auto size = below(5); size > 0; --size) {
            result += one_of({"a", "b", "/", "1", "-"});
        }
        return result;
    }

    std::string path() {
        std::string result = "/";
        for (auto size = below(9); size > 0; --size) {
            result += one_of({"a", "b", "ab", "/", "/", "1", "12", "-", ".x", "\xC3\xA9"});
        }
        return result;
    }

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
    }

private:
    std::string one_of(const std::vector<std::string_view>& choices) {
        return std::string{choices[below(choices.size())]};
    }

    std::string part() {
        switch (below(8)) {
            case 0:
                return '(' + set() + quantifier() + ')';
            case 1:
                return set() + quantifier();
            case 2:
                return one_of({"([^/]+)", "([0-9]+)", R"((\d+))", R"((\w+))", "([^/]*)"});
            case 3:
                return one_of({"(.*)", "(.+)", "(.*)/ab", "(ab)?", "(a|b)", "(?:ab)+", "/?"});
            default:
                return one_of(
                    {"a",
                     "b",
                     "/",
                     "/",
                     "/",
                     "1",
                     "-",
                     R"(\.x)",
                     "(a)",
                     "(ab)",
                     R"((1\.x))",
                     "(b/)"}
                );
        }
    }

    std::string set() {
        return one_of(
            {"[^/]",
             "[0-9]",
             R"(\d)",
             R"(\w)",
             "[a-z]",
             ".",
             "[ab]",
             "[^a]",
             R"([\w-])",
             R"([-a\d.])",
             R"([\/b])",
             "a",
             "-"}
        );
    }

    std::string quantifier() {
        return one_of({"", "+", "+", "*", "?", "{2}", "{1,2}", "{2,}", "+?", "*?", "++"});
    }

    std::mt19937 random_;
};
