#pragma once

#include "tornado/process/fork.hpp"
#include "tornado/process/subprocess.hpp"
