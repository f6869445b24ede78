#include "tornado/iostream/executor_resolver.hpp"

#include <stdexcept>

#include "address_lookup.hpp"
#include "lookup_threads.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::netutil {

namespace {

std::shared_ptr<ioloop::Executor> own_threads(std::size_t count) {
    if (count == 0) {
        throw std::invalid_argument{"a ThreadedResolver needs at least one thread"};
    }
    return std::make_shared<LookupThreads>(count);
}

}  // namespace

ExecutorResolver::ExecutorResolver(std::shared_ptr<ioloop::Executor> executor)
    : executor_{std::move(executor)} {}

void ExecutorResolver::close() {
    executor_.reset();
    closed_ = true;
}

Future<Resolver::Addresses>
ExecutorResolver::look_up(std::string host, std::uint16_t port, Family family) {
    if (closed_) {
        throw std::logic_error{"the resolver is closed: resolve hosts before close()"};
    }
    try {
        if (auto numeric = numeric_address(host, port, family); !numeric.empty()) {
            return Future<Addresses>::ready(std::move(numeric));
        }
    } catch (const std::system_error&) {
        return Future<Addresses>::failed(std::current_exception());
    }
    auto& loop = ioloop::IOLoop::current();
    if (executor_ == nullptr) {
        return loop.run_in_executor(
            look_up_addresses, std::move(host), port, family, Purpose::connect
        );
    }
    return loop.run_in_executor(
        *executor_, look_up_addresses, std::move(host), port, family, Purpose::connect
    );
}

namespace {

/// The shared dummy executor, which nobody owns.
std::shared_ptr<ioloop::Executor> the_call_itself() {
    return {std::shared_ptr<void>{}, &ioloop::dummy_executor()};
}

}  // namespace

BlockingResolver::BlockingResolver() : ExecutorResolver{the_call_itself()} {}

ThreadedResolver::ThreadedResolver() : ExecutorResolver{LookupThreads::shared()} {}
ThreadedResolver::ThreadedResolver(std::size_t num_threads)
    : ExecutorResolver{own_threads(num_threads)} {}

}  // namespace tornado::netutil
