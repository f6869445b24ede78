#include "sqlite_query.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite_error.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::database {

namespace {

/// So many instructions of SQLite's virtual machine at a time, some tens of nanoseconds each.
constexpr int instructions = 10'000;

// What may be done on the loop's thread:
/// A query that takes less is short.
constexpr std::chrono::microseconds short_time{100};
/// A query that was short is so no more when it takes longer than that.
constexpr std::chrono::microseconds long_time{300};
/// Nor when its rows have more bytes.
constexpr std::size_t large_result = std::size_t{64} * 1024;
constexpr std::string_view plain_words[] =
    {"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES", "WITH"};

Fault programming(std::string text) {
    Fault fault;
    fault.kind = FaultKind::programming;
    fault.text = std::move(text);
    return fault;
}

Fault no_nan() {
    Fault fault;
    fault.kind = FaultKind::data;
    fault.text = "SQLite has no NaN, and would keep NULL for it: give nullptr, if that is meant";
    return fault;
}

/// How much of a text is spaces, semicolons and comments until something else comes.
std::size_t size_of_space(std::string_view sql) noexcept {
    const auto rest = [&](std::size_t from) { return sql.substr(from); };
    std::size_t size = 0;
    while (size < sql.size()) {
        if (rest(size).starts_with("--")) {
            size = std::min(sql.find('\n', size), sql.size());
        } else if (rest(size).starts_with("/*")) {
            const auto end = sql.find("*/", size + 2);
            size = end == sql.npos ? sql.size() : end + 2;
        } else if (std::string_view{" \t\r\n\f;"}.find(sql[size]) != std::string_view::npos) {
            ++size;
        } else {
            break;
        }
    }
    return size;
}

/// Whether nothing follows a statement.
bool is_empty(std::string_view sql) noexcept {
    return size_of_space(sql) == sql.size();
}

int bind(sqlite3_stmt* statement, int place, const Value& value) noexcept {
    const auto text = value.raw_text();
    switch (value.type()) {
        case Type::null:
            return sqlite3_bind_null(statement, place);
        case Type::boolean:
        case Type::integer:
            return sqlite3_bind_int64(statement, place, value.raw_integer());
        case Type::real:
            return sqlite3_bind_double(statement, place, value.raw_real());
        case Type::text:
            return sqlite3_bind_text64(
                statement, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8
            );
        case Type::blob:
            return sqlite3_bind_blob64(statement, place, text.data(), text.size(), SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

void add_row(Block& block, sqlite3_stmt* statement, int columns) {
    for (int column = 0; column < columns; ++column) {
        switch (sqlite3_column_type(statement, column)) {
            case SQLITE_INTEGER:
                block.add_integer(sqlite3_column_int64(statement, column));
                break;
            case SQLITE_FLOAT:
                block.add_real(sqlite3_column_double(statement, column));
                break;
            case SQLITE_TEXT: {
                const auto* const text = sqlite3_column_text(statement, column);
                const auto size = sqlite3_column_bytes(statement, column);
                block.add_text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)}
                );
                break;
            }
            case SQLITE_BLOB: {
                const auto* const bytes = sqlite3_column_blob(statement, column);
                const auto size = sqlite3_column_bytes(statement, column);
                block.add_blob({static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
                break;
            }
            default:
                block.add_null();
        }
    }
}

/// The first word of a statement, in capitals; of some, none.
std::string first_word(std::string_view sql) {
    sql.remove_prefix(size_of_space(sql));
    std::string word;
    for (const char letter : sql) {
        const auto upper = static_cast<char>(letter & ~0x20);
        if (upper < 'A' || upper > 'Z') {
            break;
        }
        word += upper;
    }
    return word;
}

/// Ends what a statement has begun, so that it holds no lock and can run again.
class Reset {
public:
    explicit Reset(sqlite3_stmt* statement) noexcept : statement_{statement} {}
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;
    ~Reset() { sqlite3_reset(statement_); }

private:
    sqlite3_stmt* statement_;
};

}  // namespace

void CloseSQLite::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

void FinalizeSQLite::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

SQLiteHandle::SQLiteHandle(const SQLiteSettings& settings, Busy busy, GivesUp gives_up)
    : settings_{settings},
      busy_{std::move(busy)},
      gives_up_{std::move(gives_up)},
      cache_{settings.statements} {}

std::optional<Fault> SQLiteHandle::open() {
    int flags = SQLITE_OPEN_NOMUTEX;
    flags |= settings_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= settings_.creates && !settings_.read_only ? SQLITE_OPEN_CREATE : 0;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(settings_.file.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) {
        auto fault = sqlite_fault(handle, code);
        fault.text += ": " + settings_.file;
        return fault;
    }
    sqlite3_extended_result_codes(handle, 1);
    const auto busy = [](void* self, int tries) -> int {
        return static_cast<SQLiteHandle*>(self)->busy_(tries) ? 1 : 0;
    };
    sqlite3_busy_handler(handle, busy, this);
    const auto progress = [](void* self) -> int {
        return static_cast<SQLiteHandle*>(self)->progresses() ? 0 : 1;
    };
    sqlite3_progress_handler(handle, instructions, progress, this);
    auto fault =
        execute(settings_.foreign_keys ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
    if (!fault && !settings_.synchronous.empty()) {
        fault = execute(("PRAGMA synchronous = " + settings_.synchronous).c_str());
    }
    if (!fault && !settings_.read_only && !settings_.in_memory) {
        fault = set_journal();
    }
    if (!fault) {
        fault = execute("SELECT count(*) FROM sqlite_schema");  // a file that is none is told now
    }
    return fault;
}

/// Several who do so at once with a new file are in each other's way, and SQLite asks none of them
/// to wait.
std::optional<Fault> SQLiteHandle::set_journal() {
    const auto sql = "PRAGMA journal_mode = " + settings_.journal;
    auto fault = execute(sql.c_str());
    for (int tries = 0; fault && fault->code == "SQLITE_BUSY" && busy_(tries); ++tries) {
        fault = execute(sql.c_str());
    }
    if (fault) {
        fault->lost = fault->code.starts_with("SQLITE_BUSY");  // it may go better later
    }
    return fault;
}

std::optional<Fault> SQLiteHandle::execute(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? std::nullopt : std::optional{sqlite_fault(handle_.get(), code)};
}

void SQLiteHandle::close() noexcept {
    cache_.clear();
    handle_.reset();
}

bool SQLiteHandle::in_transaction() const noexcept {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

void SQLiteHandle::interrupt() noexcept {
    sqlite3_interrupt(handle_.get());
}

std::optional<Fault> SQLiteHandle::prepare(const Command& command, Prepared*& prepared) {
    prepared = cache_.find(*command.statement);
    if (prepared != nullptr) {
        return std::nullopt;
    }
    const auto& sql = command.statement->sql;
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(
        handle_.get(),
        sql.data(),
        static_cast<int>(sql.size()) + 1,
        SQLITE_PREPARE_PERSISTENT,
        &statement,
        &tail
    );
    Prepared made;
    made.statement.reset(statement);
    if (code != SQLITE_OK) {
        return sqlite_fault(handle_.get(), code);
    }
    const auto end = static_cast<std::size_t>(tail - sql.data());
    if (end < sql.size() && !is_empty(std::string_view{sql}.substr(end))) {
        return programming("a query is one statement: ask for the others one by one");
    }
    if (statement == nullptr) {
        return programming("the query is empty");
    }
    made.parameters = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
    made.writes = sqlite3_stmt_readonly(statement) == 0;
    const auto word = first_word(sql);
    made.plain = std::ranges::find(plain_words, word) != std::end(plain_words);
    on_files_ = on_files_ || word == "ATTACH";
    refresh_columns(made);
    prepared = &cache_.add(command.statement, std::move(made));
    return std::nullopt;
}

void SQLiteHandle::refresh_columns(Prepared& prepared) {
    auto* const statement = prepared.statement.get();
    Columns names;
    const int count = sqlite3_column_count(statement);
    names.reserve(static_cast<std::size_t>(count));
    for (int column = 0; column < count; ++column) {
        const auto* const name = sqlite3_column_name(statement, column);
        names.emplace_back(name != nullptr ? name : "");
    }
    prepared.columns = std::make_shared<const Columns>(std::move(names));
    prepared.prepared_again = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0);
}

/// Asked after so many instructions whether to go on.
bool SQLiteHandle::progresses() noexcept {
    if (in_haste_) {
        too_long_ = true;
        return false;
    }
    return !gives_up_();
}

bool SQLiteHandle::run_briefly(
    const Command& command,
    Clock::time_point& now,
    Outcome& outcome,
    std::optional<Fault>& fault
) {
    if (on_files_ || command.many || command.wanted == Wanted::stream) {
        return false;
    }
    auto* const prepared = cache_.find(*command.statement);
    // An interruption rolls back the whole transaction around something that writes.
    if (prepared == nullptr || !prepared->brief || (prepared->writes && in_transaction())) {
        return false;
    }
    sqlite3_stmt_status(prepared->statement.get(), SQLITE_STMTSTATUS_VM_STEP, 1);  // counts anew
    in_haste_ = true;
    too_long_ = false;
    const util::ScopeExit at_end{[&] { in_haste_ = false; }};
    fault = run_once(*prepared, command, command.params, nullptr, outcome);
    const auto begin = std::exchange(now, Clock::now());
    prepared->brief = !too_long_ && now - begin < long_time;
    if (too_long_) {
        fault.reset();
        outcome = {};
    }
    return !too_long_;
}

std::optional<Fault> SQLiteHandle::run(const Command& command, const Sink& sink, Outcome& outcome) {
    Prepared* prepared = nullptr;
    if (auto fault = prepare(command, prepared)) {
        return fault;
    }
    if (!command.many) {
        const auto begin = Clock::now();
        auto fault = run_once(*prepared, command, command.params, sink, outcome);
        prepared->brief = prepared->plain && !fault && Clock::now() - begin < short_time;
        return fault;
    }
    if (command.many_params.size() < 2) {
        return run_all(*prepared, command, sink, outcome);
    }
    const bool within = in_transaction();
    if (auto fault = execute(within ? "SAVEPOINT tornado_many" : "BEGIN IMMEDIATE")) {
        return fault;
    }
    auto fault = run_all(*prepared, command, sink, outcome);
    if (!fault) {
        fault = execute(within ? "RELEASE tornado_many" : "COMMIT");
    }
    if (fault && in_transaction()) {
        static_cast<void>(
            execute(within ? "ROLLBACK TO tornado_many; RELEASE tornado_many" : "ROLLBACK")
        );
    }
    return fault;
}

std::optional<Fault> SQLiteHandle::run_all(
    Prepared& prepared,
    const Command& command,
    const Sink& sink,
    Outcome& outcome
) {
    std::int64_t affected = 0;
    for (const auto& params : command.many_params) {
        if (gives_up_()) {  // an interruption between two runs is forgotten
            return was_cancelled();
        }
        if (auto fault = run_once(prepared, command, params, sink, outcome)) {
            return fault;
        }
        affected += outcome.affected;
    }
    outcome.affected = affected;
    return std::nullopt;
}

std::optional<Fault> SQLiteHandle::run_once(
    Prepared& prepared,
    const Command& command,
    const Params& params,
    const Sink& sink,
    Outcome& outcome
) {
    auto* const handle = handle_.get();
    auto* const statement = prepared.statement.get();
    if (params.size() != prepared.parameters) {
        return wrong_parameters(prepared.parameters, params.size());
    }
    const Reset reset{statement};
    for (std::size_t i = 0; i < params.size(); ++i) {
        if (params[i].type() == Type::real && std::isnan(params[i].raw_real())) {
            return no_nan();
        }
        if (const int code = bind(statement, static_cast<int>(i) + 1, params[i]);
            code != SQLITE_OK) {
            return sqlite_fault(handle, code);
        }
    }
    const bool writes = prepared.writes;
    const auto changes_before = writes ? sqlite3_total_changes64(handle) : 0;
    if (writes) {
        sqlite3_set_last_insert_rowid(handle, 0);
    }
    std::shared_ptr<Block> block;
    std::int64_t rows = 0;
    int code = sqlite3_step(statement);
    if (sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0) != prepared.prepared_again) {
        refresh_columns(prepared);
    }
    const int columns = static_cast<int>(prepared.columns->size());
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        if (block == nullptr) {
            block = std::make_shared<Block>(prepared.columns);
            block->reserve_rows(1);  // of many queries that is all
        }
        add_row(*block, statement, columns);
        ++rows;
        if (command.wanted == Wanted::stream && block->size() >= Command::block_size) {
            if (!sink(std::move(block))) {
                return was_cancelled();
            }
            block = nullptr;
        } else if (block->size() > command.size_limit) {
            return result_too_large(command.size_limit);
        } else if (in_haste_ && !writes && block->size() > large_result) {
            too_long_ = true;
            return was_cancelled();
        }
        if (command.row_limit != 0 && block != nullptr && block->rows() == command.row_limit) {
            code = SQLITE_DONE;
            break;
        }
    }
    if (code != SQLITE_DONE) {
        return sqlite_fault(handle, code);
    }
    outcome.affected = rows;
    if (writes) {
        outcome.affected =
            sqlite3_total_changes64(handle) != changes_before ? sqlite3_changes64(handle) : 0;
        outcome.last_row_id = sqlite3_last_insert_rowid(handle);
    }
    if (block != nullptr && block->rows() > 0) {
        const auto last = block->value(block->rows() - 1, 0);
        if (last.type() == Type::integer) {
            outcome.last_row_id = last.raw_integer();
        }
    } else if (columns > 0 && command.wanted == Wanted::rows) {
        block = std::make_shared<Block>(prepared.columns);
    }
    outcome.rows = std::move(block);
    return std::nullopt;
}

}  // namespace tornado::database
