#pragma once

#include "tornado/cares/cares_resolver.hpp"
