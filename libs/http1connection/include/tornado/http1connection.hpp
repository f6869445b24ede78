#pragma once

#include "tornado/http1connection/server_connection.hpp"
