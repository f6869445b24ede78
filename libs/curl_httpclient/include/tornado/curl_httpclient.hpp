#pragma once

#include "tornado/curl_httpclient/curl_async_http_client.hpp"
