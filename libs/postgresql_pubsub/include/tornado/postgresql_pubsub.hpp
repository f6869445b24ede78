#pragma once

/// Publish and subscribe across machines, through a PostgreSQL.

#include "tornado/postgresql_pubsub/postgresql_reach.hpp"
