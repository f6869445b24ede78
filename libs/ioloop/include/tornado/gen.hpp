#pragma once

#include "tornado/ioloop/gen.hpp"
