#pragma once

#include "tornado/httpclient/simple_async_http_client.hpp"
