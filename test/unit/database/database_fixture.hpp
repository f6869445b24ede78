#pragma once

#include <tornado/database.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <string>
#include <utility>

#include "../loop_fixture.hpp"
#include "backends.hpp"

/// A database of its own for each test, on each kind of server.
struct DatabaseFixture : LoopFixture {
    explicit DatabaseFixture(
        const BackendKind& kind,
        const tornado::database::ConnectionOptions& options = {}
    )
        : backend{kind.make()},
          db{backend->url(), options} {}

    /// A table `person` of id (which counts itself), name (of its own) and age.
    void make_people() {
        const auto sql = "CREATE TABLE person (id " + backend->serial() +
                         ", name varchar(100) NOT NULL UNIQUE, age int)";
        wait(db.execute(sql));
    }
    std::int64_t add(const std::string& name, std::optional<int> age = {}) {
        return wait(
            db.execute("INSERT INTO person (name, age) VALUES (?, ?) RETURNING id", name, age)
        );
    }
    /// How many there are.
    int people() {
        const auto row = wait(db.get("SELECT count(*) AS n FROM person"));
        return row->get<int>("n");
    }

    std::unique_ptr<Backend> backend;
    tornado::database::Connection db;
};

/// The only of some options, without designated initialisers that leave others out.
template <typename Member, typename T>
tornado::database::ConnectionOptions
with(Member tornado::database::ConnectionOptions::*member, T value) {
    tornado::database::ConnectionOptions options;
    options.*member = static_cast<Member>(value);
    return options;
}

/// What a future fails with: E, or another exception.
template <typename E, typename T>
E failure_of(LoopFixture& fixture, tornado::Future<T> future) {
    try {
        fixture.wait(std::move(future));
    } catch (const E& error) {
        return error;
    }
    BOOST_FAIL("it has not failed");
    throw std::logic_error{"never reached"};
}
