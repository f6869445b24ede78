#pragma once

#include "tornado/ioloop/queues/lifo_queue.hpp"
#include "tornado/ioloop/queues/priority_queue.hpp"
#include "tornado/ioloop/queues/queue.hpp"
#include "tornado/ioloop/queues/task_guard.hpp"
