#pragma once

#include "tornado/process/autoreload.hpp"
