#include "lease.hpp"

#include <algorithm>

#include "pool.hpp"
#include "tornado/ioloop/time_limit.hpp"

namespace tornado::database {

LeaseRequest::LeaseRequest(Pool& pool, Granted granted, Refused refused)
    : Alarm{[](Alarm& alarm) { static_cast<LeaseRequest&>(alarm).ring(); }},
      pool_{pool},
      granted_{std::move(granted)},
      refused_{std::move(refused)} {
    if (const auto* const limit = stack_context::get(ioloop::must_end_by)) {
        must_end_ = *limit;
    }
}

bool LeaseRequest::serve() {
    auto slot = pool_.free_slot();
    if (slot == nullptr) {
        return false;
    }
    const auto self = pool_.take_from_line(*this);
    unset();
    granted_(std::make_shared<Lease>(pool_.shared_from_this(), std::move(slot)));
    return true;
}

void LeaseRequest::begin_to_wait() {
    set(pool_.loop(),
        std::min(must_end_, pool_.loop().time_after(pool_.options().acquire_timeout)));
}

void LeaseRequest::ring() {
    if (pool_.loop().time() < must_end_) {
        pool_.too_long_in_line(*this);
        return;
    }
    const auto self = pool_.take_from_line(*this);
    refused_(std::make_exception_ptr(ioloop::TimeoutError{
        "no connection to the database was free within the time limit"}));
    pool_.pump();
}

}  // namespace tornado::database
