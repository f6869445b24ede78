#include <tornado/auth/password.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(password)

const auth::ScryptCost cheap{.log_n = 4, .p = 1, .r = 8};

BOOST_AUTO_TEST_CASE(a_password_is_known_by_its_hash) {
    const auto hash = auth::hash_password("pass word", cheap);
    BOOST_TEST(hash.starts_with("$scrypt$ln=4,r=8,p=1$"));
    BOOST_TEST(auth::verify_password("pass word", hash));
    BOOST_TEST(!auth::verify_password("password", hash));
    BOOST_TEST(!auth::verify_password("", hash));
    BOOST_TEST(hash != auth::hash_password("pass word", cheap));  // each has its own salt
    const std::string with_nul{"a\0b", 3};
    BOOST_TEST(!auth::verify_password("a", auth::hash_password(with_nul, cheap)));
}

BOOST_AUTO_TEST_CASE(a_hash_is_that_of_the_rfc) {
    // RFC 7914, 12: of "pleaseletmein" with "SodiumChloride", N = 16384, r = 8, p = 1, its first 32
    // bytes.
    const std::string hash =
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI";
    BOOST_TEST(auth::verify_password("pleaseletmein", hash));
    BOOST_TEST(!auth::verify_password("pleaseletmeout", hash));
}

const std::string malformed_hashes[] = {
    "",
    "$",
    "$scrypt$",
    "secret",
    "$scrypt$ln=4,r=8,p=1$",
    "$scrypt$ln=4,r=8,p=1$AAAA",
    "$scrypt$ln=4,r=8,p=1$AAAA$AAAA",
    "$scrypt$ln=04,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=-4,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=0,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=63,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=20,r=32,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=4,r=8,p=99999999999$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/"
    "2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
};

BOOST_DATA_TEST_CASE(a_malformed_hash_is_nobodys, malformed_hashes, hash) {
    BOOST_TEST(!auth::verify_password("pleaseletmein", hash, cheap));
    BOOST_TEST(auth::needs_rehash(hash));
}

BOOST_AUTO_TEST_CASE(another_cost_asks_for_a_new_hash) {
    const auto hash = auth::hash_password("secret", cheap);
    BOOST_TEST(!auth::needs_rehash(hash, cheap));
    BOOST_TEST(auth::needs_rehash(hash));
    BOOST_CHECK_THROW(
        static_cast<void>(auth::hash_password("a", {.log_n = 21})), std::invalid_argument
    );
    BOOST_CHECK_THROW(static_cast<void>(auth::hash_password("a", {.p = 0})), std::invalid_argument);
    BOOST_CHECK_THROW(
        static_cast<void>(auth::hash_password("a", {.log_n = 20, .r = 16})), std::invalid_argument
    );
    BOOST_CHECK_THROW(auth::PasswordHasher({.r = 0}), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(hashing_does_not_hold_the_loop_up, testing::AsyncTestCase) {
    auth::PasswordHasher passwords{cheap};
    const auto hash = run([&] { return passwords.hash("secret"); });
    BOOST_TEST(run([&] { return passwords.verify("secret", hash); }));
    BOOST_TEST(!run([&] { return passwords.verify("other", hash); }));
    BOOST_TEST(!run([&] { return passwords.verify("other", "$"); }));
    BOOST_TEST(!passwords.needs_rehash(hash));
}

BOOST_FIXTURE_TEST_CASE(too_many_at_a_time_are_told_to_come_later, testing::AsyncTestCase) {
    auth::PasswordHasher passwords{cheap, 1, 2};
    const auto hash = auth::hash_password("secret", cheap);
    run([&]() -> Future<void> {
        auto first = passwords.verify("secret", hash);
        auto second = passwords.verify("secret", hash);
        auto third = passwords.verify("secret", hash);
        auto fourth = passwords.verify("secret", hash);
        BOOST_TEST(fourth.done());
        try {
            co_await fourth;
            BOOST_ERROR("it was taken");
        } catch (const web::HTTPError& error) {
            BOOST_TEST(error.status_code() == 503);
        }
        const bool all = co_await first && co_await second && co_await third;
        BOOST_TEST(all);
    });
}

BOOST_AUTO_TEST_SUITE_END()
