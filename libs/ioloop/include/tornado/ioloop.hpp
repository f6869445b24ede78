#pragma once

#include "tornado/ioloop/blocked_callback.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/executor.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/periodic_callback.hpp"
#include "tornado/ioloop/run_on_executor.hpp"
#include "tornado/ioloop/signal_callback.hpp"
