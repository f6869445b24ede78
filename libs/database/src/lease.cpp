#include "lease.hpp"

#include "pool.hpp"

namespace tornado::database {

LeaseRequest::LeaseRequest(Pool& pool, Granted granted, Refused refused)
    : Alarm{[](Alarm& alarm) {
          auto& self = static_cast<LeaseRequest&>(alarm);
          self.pool_.too_long_in_line(self);
      }},
      pool_{pool},
      granted_{std::move(granted)},
      refused_{std::move(refused)} {}

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
    set(pool_.loop(), pool_.loop().time_after(pool_.options().acquire_timeout));
}

}  // namespace tornado::database
