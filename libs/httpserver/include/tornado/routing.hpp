#pragma once

#include "tornado/httpserver/matchers.hpp"
#include "tornado/httpserver/named_routes.hpp"
#include "tornado/httpserver/path_pattern.hpp"
#include "tornado/httpserver/route_table.hpp"
#include "tornado/httpserver/router.hpp"
#include "tornado/httpserver/rule.hpp"
#include "tornado/httpserver/rule_router.hpp"
