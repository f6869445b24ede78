#pragma once

/// Everything of the library options: command lines and configuration files.

#include "tornado/options/error.hpp"
#include "tornado/options/global.hpp"
#include "tornado/options/option_parser.hpp"
#include "tornado/options/value.hpp"
