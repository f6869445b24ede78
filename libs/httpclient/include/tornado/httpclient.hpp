#pragma once

#include "tornado/httpclient/async_http_client.hpp"
#include "tornado/httpclient/cookie_jar.hpp"
#include "tornado/httpclient/errors.hpp"
#include "tornado/httpclient/http_client.hpp"
#include "tornado/httpclient/http_request.hpp"
#include "tornado/httpclient/http_response.hpp"
#include "tornado/httpclient/proxy.hpp"
#include "tornado/httpclient/redirect.hpp"
#include "tornado/httpclient/response_stream.hpp"
#include "tornado/httpclient/url.hpp"
