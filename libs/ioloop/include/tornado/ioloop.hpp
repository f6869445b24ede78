#pragma once

#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"
