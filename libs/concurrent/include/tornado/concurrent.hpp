#pragma once

#include "tornado/concurrent/context.hpp"
#include "tornado/concurrent/errors.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/future_functions.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/concurrent/scheduler.hpp"
