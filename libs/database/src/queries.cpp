#include "tornado/database/queries.hpp"

#include "pool.hpp"
#include "query_target.hpp"
#include "stream_state.hpp"

namespace tornado::database {

namespace {

Rows rows_of(Outcome&& outcome) {
    return Rows{std::move(outcome.rows)};
}

std::optional<Row> row_of(Outcome&& outcome) {
    const auto rows = outcome.rows != nullptr ? outcome.rows->rows() : 0;
    if (rows > 1) {
        throw ProgrammingError{"get() found more than one row: use query(), or ask for less"};
    }
    if (rows == 0) {
        return std::nullopt;
    }
    return std::optional<Row>{std::in_place, std::move(outcome.rows), std::size_t{0}};
}

std::int64_t id_of(Outcome&& outcome) {
    return outcome.last_row_id;
}

std::int64_t count_of(Outcome&& outcome) {
    return outcome.affected;
}

/// Fills in what is to be done, and has it done.
template <typename T>
Future<T>
run(QueryTarget& target, std::unique_ptr<ResultRequest<T>> request, std::string_view sql) {
    request->statement = target.pool().intern(sql);
    request->size_limit = target.pool().options().max_result_size;
    request->limit_time();
    auto future = request->future();
    target.run(std::move(request));
    return future;
}

}  // namespace

Queries::Queries(std::shared_ptr<QueryTarget> target) noexcept : target_{std::move(target)} {}
Queries::Queries(Queries&&) noexcept = default;
Queries& Queries::operator=(Queries&&) noexcept = default;
Queries::~Queries() = default;

Future<Rows> Queries::start_query(std::string_view sql, Params params) {
    auto request = std::make_unique<ResultRequest<Rows>>(target_->pool(), &rows_of);
    request->params = std::move(params);
    return run(*target_, std::move(request), sql);
}

Future<std::optional<Row>> Queries::start_get(std::string_view sql, Params params) {
    auto request = std::make_unique<ResultRequest<std::optional<Row>>>(target_->pool(), &row_of);
    request->params = std::move(params);
    request->row_limit = 2;
    return run(*target_, std::move(request), sql);
}

Future<std::int64_t> Queries::start_execute(std::string_view sql, Params params, Count count) {
    auto request = std::make_unique<ResultRequest<std::int64_t>>(
        target_->pool(), count == Count::rows ? &count_of : &id_of
    );
    request->params = std::move(params);
    request->wanted = Wanted::summary;
    return run(*target_, std::move(request), sql);
}

Future<std::int64_t>
Queries::start_many(std::string_view sql, std::vector<Params> runs, Count count) {
    auto request = std::make_unique<ResultRequest<std::int64_t>>(
        target_->pool(), count == Count::rows ? &count_of : &id_of
    );
    request->many_params = std::move(runs);
    request->many = true;
    request->wanted = Wanted::summary;
    return run(*target_, std::move(request), sql);
}

RowStream Queries::start_iter(std::string_view sql, Params params) {
    const auto state = std::make_shared<StreamState>();
    auto& pool = target_->pool();
    auto request = std::make_unique<StreamRequest>(pool, state);
    request->statement = pool.intern(sql);
    request->params = std::move(params);
    request->wanted = Wanted::stream;
    request->limit_time();
    target_->stream(state, std::move(request));
    return RowStream{state};
}

}  // namespace tornado::database
