#pragma once

/// Everything of the library database but its opt-in header <tornado/database/described.hpp>:
/// SQLite, PostgreSQL and MariaDB without blocking the loop. Mirrors `tornado.database`.

#include "tornado/database/connection.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/database/listener.hpp"
#include "tornado/database/options.hpp"
#include "tornado/database/params.hpp"
#include "tornado/database/queries.hpp"
#include "tornado/database/row.hpp"
#include "tornado/database/row_stream.hpp"
#include "tornado/database/transaction.hpp"
#include "tornado/database/value.hpp"
