#pragma once

#include "tornado/iostream/netutil.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/util/ssl_certificate.hpp"
