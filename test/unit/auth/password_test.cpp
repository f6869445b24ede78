#include <tornado/auth/password.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <stdexcept>
#include <thread>
#include <tornado/ioloop.hpp>

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
    "$scrypt$ln=16,r=1,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$scrypt$ln=20,r=1,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
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
    BOOST_TEST(auth::is_password_hash(hash));
    BOOST_TEST(!auth::is_password_hash(" " + hash));
    BOOST_TEST(!auth::is_password_hash(""));
    BOOST_TEST(auth::needs_rehash(hash));
    BOOST_CHECK_THROW(
        static_cast<void>(auth::hash_password("a", {.log_n = 21})), std::invalid_argument
    );
    BOOST_CHECK_THROW(static_cast<void>(auth::hash_password("a", {.p = 0})), std::invalid_argument);
    BOOST_CHECK_THROW(
        static_cast<void>(auth::hash_password("a", {.log_n = 20, .r = 16})), std::invalid_argument
    );
    BOOST_CHECK_THROW(auth::PasswordHasher({.r = 0}), std::invalid_argument);
    // scrypt has none such (RFC 7914, 2): each password would fail.
    BOOST_CHECK_THROW(auth::PasswordHasher({.log_n = 16, .r = 1}), std::invalid_argument);
    BOOST_TEST(auth::verify_password("a", auth::hash_password("a", {.log_n = 15, .p = 1, .r = 1})));
    BOOST_CHECK_THROW(auth::PasswordHasher(cheap, 0), std::invalid_argument);
    BOOST_CHECK_THROW(auth::PasswordHasher(cheap, -1), std::invalid_argument);
}

/// Does its work when it is told to, in a thread of its own.
struct HeldExecutor : tornado::ioloop::Executor {
    void submit(Work work) override { works.push_back(std::move(work)); }
    void let_go() {
        auto work = std::move(works.front());
        works.pop_front();
        std::thread{[&] { work(); }}.join();
    }
    std::deque<Work> works;
};

struct PasswordTest : testing::AsyncTestCase {
    PasswordTest() { io_loop().set_default_executor(executor); }
    ~PasswordTest() override { io_loop().set_default_executor(nullptr); }
    std::shared_ptr<HeldExecutor> executor = std::make_shared<HeldExecutor>();
    std::string hash = auth::hash_password("secret", cheap);
};

BOOST_FIXTURE_TEST_CASE(passwords_are_hashed_and_verified_elsewhere, PasswordTest) {
    auth::PasswordHasher passwords{cheap};
    run([&]() -> Future<void> {
        auto hashing = passwords.hash("secret");
        auto right = passwords.verify("secret", hash);
        BOOST_TEST(executor->works.size() == 2U);
        co_await gen::moment();  // the loop goes on
        BOOST_TEST(!hashing.done());
        executor->let_go();
        executor->let_go();
        const auto made = co_await hashing;
        BOOST_TEST(auth::verify_password("secret", made));
        BOOST_TEST(!passwords.needs_rehash(made));
        const bool is_right = co_await right;
        BOOST_TEST(is_right);
        for (const std::string other : {"$", ""}) {
            auto wrong = passwords.verify("secret", other);
            BOOST_TEST(executor->works.size() == 1U);  // and takes its time
            executor->let_go();
            const bool is_wrong = !co_await wrong;
            BOOST_TEST(is_wrong);
        }
    });
}

BOOST_FIXTURE_TEST_CASE(who_goes_away_has_its_turn_until_the_hash_is_made, PasswordTest) {
    auth::PasswordHasher passwords{cheap, 1};
    run([&]() -> Future<void> {
        auto gone = passwords.verify("secret", hash);
        auto waiting = passwords.verify("secret", hash);
        auto leaving = passwords.verify("secret", hash);
        BOOST_TEST(executor->works.size() == 1U);
        gone.cancel();
        leaving.cancel();
        co_await gen::moment();
        BOOST_TEST(gone.cancelled());
        BOOST_TEST(leaving.cancelled());
        BOOST_TEST(executor->works.size() == 1U);  // a thread is still at it
        BOOST_TEST(!waiting.done());
        executor->let_go();
        while (executor->works.empty()) {
            co_await gen::moment();
        }
        executor->let_go();
        const bool is_right = co_await waiting;
        BOOST_TEST(is_right);
        auto hashing = passwords.hash("secret");  // and no turn was lost
        BOOST_TEST(executor->works.size() == 1U);
        hashing.cancel();
        executor->let_go();
        co_await gen::moment();
        BOOST_TEST(hashing.cancelled());
    });
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
