#pragma once

#include <tornado/web.hpp>

#include <vector>

/// A handler for each thing that a request can ask of the framework; tornado_web_handlers.py has
/// the same.
std::vector<tornado::web::Route> handler_routes();
/// Those of one host.
std::vector<tornado::web::Route> host_routes();
