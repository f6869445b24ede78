#pragma once

#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/periodic_callback.hpp"
