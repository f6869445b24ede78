#pragma once

/// Coroutine helpers. Mirrors `tornado.gen`.
#include "tornado/ioloop/gen/cancel_after.hpp"
#include "tornado/ioloop/gen/maybe_future.hpp"
#include "tornado/ioloop/gen/moment.hpp"
#include "tornado/ioloop/gen/multi.hpp"
#include "tornado/ioloop/gen/quiet_exceptions.hpp"
#include "tornado/ioloop/gen/task.hpp"
#include "tornado/ioloop/gen/wait_iterator.hpp"
#include "tornado/ioloop/gen/with_timeout.hpp"
