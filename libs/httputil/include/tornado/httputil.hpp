#pragma once

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/known_header.hpp"
#include "tornado/httputil/request_head.hpp"
