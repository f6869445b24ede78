#pragma once

#include "tornado/ioloop/locks/condition.hpp"
#include "tornado/ioloop/locks/event.hpp"
#include "tornado/ioloop/locks/lock.hpp"
#include "tornado/ioloop/locks/semaphore.hpp"
