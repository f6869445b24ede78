#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tornado/database/options.hpp>
#include <utility>
#include <vector>

#include "../../../libs/database/src/backend.hpp"
#include "../loop_fixture.hpp"
#include "servers.hpp"

/// What has come of a command.
struct Asked {
    std::vector<std::shared_ptr<const tornado::database::Block>> blocks;  ///< of a stream
    tornado::database::Outcome outcome;
    std::optional<tornado::database::Fault> fault;
    bool done = false;
    bool has_room = true;  ///< what take() returns
    std::function<void()> at_end;
    tornado::database::Command* command = nullptr;  ///< until it is done

    [[nodiscard]] std::string text(std::size_t row = 0, std::size_t column = 0) const {
        return outcome.rows->value(row, column).as_string();
    }
    [[nodiscard]] std::size_t streamed() const {
        std::size_t rows = 0;
        for (const auto& block : blocks) {
            rows += block->rows();
        }
        return rows;
    }
    [[nodiscard]] std::string code() const { return fault ? fault->code : ""; }
};

/// A connection of a driver to a real server, without a pool.
class DriverFixture : public LoopFixture, public tornado::database::ConnectionObserver {
public:
    using Params = tornado::database::Params;
    using Wanted = tornado::database::Wanted;
    using Fault = tornado::database::Fault;

    class Question final : public tornado::database::Command {
    public:
        explicit Question(std::shared_ptr<Asked> asked) : asked_{std::move(asked)} {
            asked_->command = this;
        }
        ~Question() override { asked_->command = nullptr; }
        bool take(std::shared_ptr<const tornado::database::Block> rows) override {
            asked_->blocks.push_back(std::move(rows));
            return asked_->has_room;
        }
        void finish(tornado::database::Outcome outcome) noexcept override {
            asked_->outcome = std::move(outcome);
            end();
        }
        void fail(Fault fault) noexcept override {
            asked_->fault = std::move(fault);
            end();
        }

    private:
        void end() noexcept {
            asked_->done = true;
            if (asked_->at_end) {
                asked_->at_end();
            }
        }
        std::shared_ptr<Asked> asked_;
    };

    void connection_lost(const Fault& fault) override { lost = fault; }
    void notified(std::string_view channel, std::string_view payload) override {
        notifications.emplace_back(channel, payload);
    }

    void connect() {
        connection = wait(driver->connect());
        connection->observer = this;
    }

    std::unique_ptr<Question> question(const std::string& sql, std::shared_ptr<Asked>& asked) {
        asked = std::make_shared<Asked>();
        auto command = std::make_unique<Question>(asked);
        auto& statement = statements[sql];
        if (!statement) {
            statement =
                std::make_shared<tornado::database::Statement>(tornado::database::Statement{sql});
        }
        command->statement = statement;
        return command;
    }
    template <typename... T>
    std::shared_ptr<Asked> ask_for(Wanted wanted, const std::string& sql, const T&... params) {
        std::shared_ptr<Asked> asked;
        auto command = question(sql, asked);
        if constexpr (sizeof...(T) > 0) {
            command->params = Params{params...};
        }
        command->wanted = wanted;
        connection->submit(std::move(command));
        return asked;
    }
    template <typename... T>
    std::shared_ptr<Asked> ask(const std::string& sql, const T&... params) {
        return ask_for(Wanted::rows, sql, params...);
    }
    std::shared_ptr<Asked> ask_many(const std::string& sql, std::vector<Params> runs) {
        std::shared_ptr<Asked> asked;
        auto command = question(sql, asked);
        command->many = true;
        command->many_params = std::move(runs);
        command->wanted = Wanted::summary;
        connection->submit(std::move(command));
        return asked;
    }
    void wait_for(const std::shared_ptr<Asked>& asked) {
        until([&] { return asked->done; });
    }
    /// Asks, and waits for what must go well.
    template <typename... T>
    std::shared_ptr<Asked> get(const std::string& sql, const T&... params) {
        auto asked = ask(sql, params...);
        wait_for(asked);
        BOOST_REQUIRE_MESSAGE(!asked->fault, sql + ": " + asked->fault.value_or(Fault{}).text);
        return asked;
    }
    /// Asks, and waits for what must fail.
    template <typename... T>
    Fault get_fault(const std::string& sql, const T&... params) {
        const auto asked = ask(sql, params...);
        wait_for(asked);
        BOOST_REQUIRE_MESSAGE(asked->fault, sql + " goes well");
        return *asked->fault;
    }

    tornado::database::ConnectionOptions options;
    std::unique_ptr<tornado::database::Driver> driver;
    std::map<std::string, std::shared_ptr<const tornado::database::Statement>> statements;
    std::unique_ptr<tornado::database::BackendConnection> connection;
    std::optional<Fault> lost;
    std::vector<std::pair<std::string, std::string>> notifications;
};

/// For suites that need a server.
class NeedsServer {
public:
    explicit NeedsServer(std::string name) : name_{std::move(name)} {}
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        return Servers::is_wanted(name_);
    }

private:
    std::string name_;
};
