#pragma once

#include "tornado/httpserver/path_pattern.hpp"
#include "tornado/httpserver/route_table.hpp"
