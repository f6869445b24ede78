#include "stream_state.hpp"

#include <stdexcept>
#include <utility>

#include "pool.hpp"
#include "tornado/database/row_stream.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::database {

void StreamState::wait_for_lease(Pool& pool, std::unique_ptr<Request> request) {
    const auto must_end = request->must_end();
    auto granted = [this, query = std::move(request)](std::shared_ptr<Lease> lease) mutable {
        waiting_ = nullptr;
        lease_ = std::move(lease);
        query->stop_waiting();
        lease_->slot().submit(std::move(query));
    };
    auto refused = [this](std::exception_ptr error) {
        waiting_ = nullptr;
        end(std::move(error));
    };
    auto waiting = std::make_unique<LeaseRequest>(pool, std::move(granted), std::move(refused));
    waiting->limit_time(must_end);
    waiting_ = waiting.get();
    pool_ = pool.shared_from_this();
    pool.lease(std::move(waiting));
}

void StreamState::check() const {
    if (closed_) {
        throw std::logic_error{"the stream of rows is closed: ask with iter() again"};
    }
    if (reading_) {
        throw std::logic_error{"somebody waits for the next rows already: await that first"};
    }
}

/// Waits until there is a row; false at the end.
Future<bool> StreamState::has_rows(std::shared_ptr<StreamState> self) {
    self->reading_ = true;
    const util::ScopeExit at_end{[&] {
        self->reading_ = false;
        self->reader_.reset();
    }};
    while (self->blocks_.empty() && !self->ended_) {
        const auto waiting = self->reader_.emplace().future();
        co_await waiting;
    }
    if (self->blocks_.empty() && self->error_) {
        std::rethrow_exception(self->error_);
    }
    co_return !self->blocks_.empty();
}

Future<std::optional<Row>> StreamState::next(std::shared_ptr<StreamState> self) {
    if (self->blocks_.empty()) {
        const bool found = co_await has_rows(self);
        if (!found) {
            co_return std::nullopt;
        }
    }
    std::optional<Row> row{std::in_place, self->blocks_.front(), self->next_row_};
    if (++self->next_row_ == self->blocks_.front()->rows()) {
        self->block_is_read();
    }
    co_return row;
}

Future<Rows> StreamState::next_rows(std::shared_ptr<StreamState> self) {
    if (self->blocks_.empty()) {
        const bool found = co_await has_rows(self);
        if (!found) {
            co_return Rows{};
        }
    }
    Rows rows{self->blocks_.front(), self->next_row_};
    self->block_is_read();
    co_return rows;
}

void StreamState::block_is_read() {
    blocks_.pop_front();
    next_row_ = 0;
    if (paused_ && blocks_.size() < most_blocks && request_ != nullptr) {
        paused_ = false;
        request_->limit_time_anew();
        request_->slot->resume(*request_);
    }
}

bool StreamState::take(std::shared_ptr<const Block> block) {
    if (!closed_) {
        blocks_.push_back(std::move(block));
        wake();
    }
    paused_ = blocks_.size() >= most_blocks;
    if (request_ != nullptr) {
        paused_ ? request_->stop_time() : request_->limit_time_anew();
    }
    return !paused_;
}

void StreamState::wake() noexcept {
    if (reader_ && !reader_->done()) {
        reader_->set_result();
    }
}

void StreamState::end(std::exception_ptr error) noexcept {
    waiting_ = nullptr;
    request_ = nullptr;
    if (std::exchange(ended_, true)) {
        return;  // what comes with its destruction
    }
    error_ = std::move(error);
    if (auto at_end = std::exchange(at_end_, {}); at_end && !error_) {
        at_end(false);
    }
    lease_.reset();
    wake();
}

void StreamState::expire(std::exception_ptr error) noexcept {
    auto* const request = std::exchange(request_, nullptr);
    ended_ = true;
    error_ = std::move(error);
    at_end_ = {};
    wake();
    request->withdraw();
    lease_.reset();
}

void StreamState::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    auto at_end = ended_ ? AtEnd{} : std::exchange(at_end_, {});
    if (auto* const waiting = std::exchange(waiting_, nullptr)) {
        pool_->leave_line(*waiting);
    }
    if (auto* const request = std::exchange(request_, nullptr)) {
        request->withdraw();
    }
    blocks_.clear();
    ended_ = true;
    if (at_end) {
        at_end(true);
    }
    lease_.reset();
    if (reader_ && !reader_->done()) {
        reader_->set_cancelled();
    }
}

StreamRequest::StreamRequest(Pool& pool, std::shared_ptr<StreamState> state)
    : Request{pool},
      state_{state} {
    state->attach(this);
}

StreamRequest::~StreamRequest() {
    reject(std::make_exception_ptr(CancelledError{}));
}

bool StreamRequest::take(std::shared_ptr<const Block> rows) {
    const auto state = state_.lock();
    return state == nullptr || state->take(std::move(rows));
}

void StreamRequest::deliver(Outcome outcome) {
    if (const auto state = std::exchange(state_, {}).lock()) {
        if (outcome.rows != nullptr && outcome.rows->rows() > 0) {
            static_cast<void>(state->take(std::move(outcome.rows)));
        }
        state->end(nullptr);
    }
}

void StreamRequest::reject(std::exception_ptr error) noexcept {
    if (const auto state = std::exchange(state_, {}).lock()) {
        state->end(std::move(error));
    }
}

/// May destroy this.
void StreamRequest::expire(std::exception_ptr error) noexcept {
    if (const auto state = std::exchange(state_, {}).lock()) {
        state->expire(std::move(error));
    }
}

RowStream::RowStream(std::shared_ptr<StreamState> state) noexcept : state_{std::move(state)} {}

RowStream& RowStream::operator=(RowStream&& other) noexcept {
    close();
    state_ = std::move(other.state_);
    return *this;
}

RowStream::~RowStream() {
    close();
}

Future<std::optional<Row>> RowStream::next() {
    state_->check();
    return StreamState::next(state_);
}

Future<Rows> RowStream::next_rows() {
    state_->check();
    return StreamState::next_rows(state_);
}

void RowStream::close() noexcept {
    if (state_ != nullptr) {
        state_->close();
    }
}

}  // namespace tornado::database
