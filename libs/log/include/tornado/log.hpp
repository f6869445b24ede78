#pragma once

/// Everything of the library log: the three loggers, their handlers, and pretty logging.

#include "tornado/log/async_handler.hpp"
#include "tornado/log/exception.hpp"
#include "tornado/log/file_handler.hpp"
#include "tornado/log/formatter.hpp"
#include "tornado/log/handler.hpp"
#include "tornado/log/json_formatter.hpp"
#include "tornado/log/level.hpp"
#include "tornado/log/logger.hpp"
#include "tornado/log/pretty_logging.hpp"
#include "tornado/log/record.hpp"
#include "tornado/log/rotating_file_handler.hpp"
#include "tornado/log/stream_handler.hpp"
#include "tornado/log/timed_rotating_file_handler.hpp"
