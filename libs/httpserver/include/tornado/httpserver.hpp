#pragma once

#include "tornado/httpserver/http_server.hpp"
