#pragma once

#include "tornado/httpserver/drain.hpp"
#include "tornado/httpserver/http_server.hpp"
