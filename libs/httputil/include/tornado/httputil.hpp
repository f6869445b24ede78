#pragma once

#include "tornado/httputil/arguments.hpp"
#include "tornado/httputil/chunked.hpp"
#include "tornado/httputil/cookies.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/known_header.hpp"
#include "tornado/httputil/request_head.hpp"
#include "tornado/httputil/response_head.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/httputil/simd.hpp"
#include "tornado/httputil/start_line.hpp"
