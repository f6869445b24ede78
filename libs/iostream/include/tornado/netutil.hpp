#pragma once

#include "tornado/iostream/netutil.hpp"
#include "tornado/iostream/socket.hpp"
