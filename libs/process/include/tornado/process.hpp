#pragma once

#include "tornado/process/fork.hpp"
