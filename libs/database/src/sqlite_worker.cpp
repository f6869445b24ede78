#include "sqlite_worker.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace tornado::database {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_blocks_out = 2;
/// How long what is done waits for more of its kind before the loop is told.
constexpr std::chrono::microseconds batch_time{50};

Fault no_memory(const std::exception& error) {
    Fault fault;
    fault.kind = FaultKind::internal;
    fault.text = error.what();
    return fault;
}

}  // namespace

SQLiteWorker::SQLiteWorker(std::shared_ptr<const SQLiteSettings> settings)
    : settings_{std::move(settings)},
      handle_{
          *settings_,
          [this](int tries) { return is_worth_waiting(tries); },
          [this] { return cancelled_ || stopping_; }},
      thread_{[this] { run(); }} {}

SQLiteWorker::~SQLiteWorker() {
    stop();
    thread_.join();
}

void SQLiteWorker::stop() {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    if (opened_) {
        handle_.interrupt();
    }
    changed_.notify_all();
}

std::vector<std::unique_ptr<Command>> SQLiteWorker::take_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return current_ == nullptr; });
    for (auto& event : events_) {
        if (event.command != nullptr) {
            commands.push_back(std::move(event.command));
        }
    }
    std::ranges::move(queue_, std::back_inserter(commands));
    events_.clear();
    queue_.clear();
    return commands;
}

void SQLiteWorker::submit(std::deque<std::unique_ptr<Command>>& commands) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        std::ranges::move(commands, std::back_inserter(queue_));
        wake = std::exchange(idle_, false);
    }
    commands.clear();
    if (wake) {
        changed_.notify_all();
    }
}

void SQLiteWorker::take(std::vector<Event>& events, std::optional<ioloop::Ticket>& ticket) {
    const std::lock_guard lock{mutex_};
    if (events_.empty()) {
        ticket_ = std::exchange(ticket, std::nullopt);
    }
    events.swap(events_);  // both keep their room
}

bool SQLiteWorker::do_here(
    const Command& command,
    SQLiteHandle::Clock::time_point& now,
    Event& event
) {
    bool done = true;
    try {
        done = handle_.run_briefly(command, now, event.outcome, event.fault);
    } catch (const std::exception& error) {
        event.fault = no_memory(error);
    }
    event.in_transaction = handle_.in_transaction();
    return done;
}

std::optional<ioloop::Ticket> SQLiteWorker::give_back_ticket() {
    const std::lock_guard lock{mutex_};
    return std::exchange(ticket_, std::nullopt);
}

std::unique_ptr<Command> SQLiteWorker::cancel(Command& command) {
    const std::lock_guard lock{mutex_};
    if (current_.get() == &command) {
        cancelled_ = true;
        handle_.interrupt();
        changed_.notify_all();
        return nullptr;
    }
    const auto found =
        std::ranges::find(queue_, &command, [](const auto& each) { return each.get(); });
    if (found == queue_.end()) {
        return nullptr;  // it is done
    }
    auto taken = std::move(*found);
    queue_.erase(found);
    return taken;
}

void SQLiteWorker::acknowledge() {
    const std::lock_guard lock{mutex_};
    blocks_out_ -= blocks_out_ > 0 ? 1 : 0;
    changed_.notify_all();
}

// On the thread

void SQLiteWorker::run() {
    Event opened;
    opened.kind = Event::Kind::opened;
    opened.fault = handle_.open();
    std::unique_lock lock{mutex_};
    opened_ = !opened.fault;
    events_.push_back(std::move(opened));
    deliver(lock);
    auto batch_end = Clock::now();
    while (!stopping_) {
        if (queue_.empty()) {
            idle_ = true;
            changed_.wait(lock);
            batch_end = Clock::now() + batch_time;
            continue;
        }
        work(lock);
        if (queue_.empty() || Clock::now() >= batch_end) {
            deliver(lock);
            batch_end = Clock::now() + batch_time;
        }
    }
    opened_ = false;  // from now on nobody interrupts it
    lock.unlock();
    handle_.close();
}

void SQLiteWorker::work(std::unique_lock<std::mutex>& lock) {
    current_ = std::move(queue_.front());
    queue_.pop_front();
    cancelled_ = false;
    blocks_out_ = 0;
    lock.unlock();
    Event event;
    const auto sink = [this](std::shared_ptr<const Block> block) {
        return put_block(std::move(block));
    };
    try {
        event.fault = handle_.run(*current_, sink, event.outcome);
    } catch (const std::exception& error) {
        event.fault = no_memory(error);
    }
    event.in_transaction = handle_.in_transaction();
    lock.lock();
    if (event.fault && cancelled_) {
        event.fault = was_cancelled();
    }
    event.command = std::move(current_);
    events_.push_back(std::move(event));
    if (stopping_) {
        changed_.notify_all();
    }
}

/// A block goes to the reader, who may hold this up.
bool SQLiteWorker::put_block(std::shared_ptr<const Block> block) {
    std::unique_lock lock{mutex_};
    Event event;
    event.kind = Event::Kind::block;
    event.stream = current_.get();
    event.block = std::move(block);
    events_.push_back(std::move(event));
    ++blocks_out_;
    deliver(lock);
    changed_.wait(lock, [this] {
        return blocks_out_ < most_blocks_out || cancelled_ || stopping_;
    });
    return !cancelled_ && !stopping_;
}

/// Somebody else has locked the file: waits a little, a longer time the more often it has.
bool SQLiteWorker::is_worth_waiting(int tries) {
    using std::chrono::milliseconds;
    constexpr int delays[] = {1, 1, 2, 3, 5, 8, 10, 15, 20, 25};
    const auto waits =
        std::min<std::size_t>(static_cast<std::size_t>(tries), std::size(delays) - 1);
    int waited = 0;
    for (int i = 0; i < tries; ++i) {
        waited += delays[std::min<std::size_t>(static_cast<std::size_t>(i), std::size(delays) - 1)];
        if (milliseconds{waited} >= settings_->busy_timeout) {
            return false;
        }
    }
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, milliseconds{delays[waits]}, [this] {
        return cancelled_ || stopping_;
    });
}

/// Tells the loop, unless it knows already that there is something.
void SQLiteWorker::deliver(std::unique_lock<std::mutex>& lock) {
    if (!ticket_ || events_.empty()) {
        return;
    }
    static const auto parcel = std::make_shared<ioloop::Parcel>();
    const auto ticket = std::exchange(ticket_, std::nullopt);
    lock.unlock();
    ticket->deliver(parcel);
    lock.lock();
}

}  // namespace tornado::database
