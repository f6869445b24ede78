#pragma once

// The bridge for programs that use Asio themselves: the one public header that includes it.

#include <boost/asio/io_context.hpp>

#include "tornado/asio/awaitable.hpp"
#include "tornado/asio/use_future.hpp"
#include "tornado/ioloop/asio_context.hpp"
#include "tornado/ioloop/ioloop.hpp"
