// Keeps the hash of a password in a database, and checks it.
#include <tornado/auth.hpp>
#include <tornado/database.hpp>
#include <tornado/database/described.hpp>
#include <tornado/ioloop.hpp>

#include <boost/describe.hpp>
#include <cstdio>
#include <string>
#include <vector>

namespace auth = tornado::auth;
namespace database = tornado::database;

struct Account {
    std::string name;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(Account, (), (name, password))

tornado::Future<std::vector<Account>> accounts(database::Connection& db) {
    co_await db.execute("CREATE TABLE account (name text, password text)");
    const auto hash = auth::hash_password("correct horse");
    co_await db.execute("INSERT INTO account VALUES (?, ?)", "eva", hash);
    const auto rows = co_await db.query("SELECT name, password FROM account");
    co_return rows.as<Account>();
}

int main() {
    database::Connection db{"sqlite::memory:"};
    const auto all = tornado::ioloop::IOLoop::current().run_sync([&] { return accounts(db); });
    const bool is_eva = all.size() == 1 && all[0].name == "eva" &&
                        auth::verify_password("correct horse", all[0].password);
    std::printf("%s\n", is_eva ? "eva" : "nobody");
    return is_eva ? 0 : 1;
}
