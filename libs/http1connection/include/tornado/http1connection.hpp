#pragma once

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/http1connection/content_decoder.hpp"
#include "tornado/http1connection/detach.hpp"
#include "tornado/http1connection/gzip_decoder.hpp"
#include "tornado/http1connection/kept_exchange.hpp"
#include "tornado/http1connection/server_connection.hpp"
