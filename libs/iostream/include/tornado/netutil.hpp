#pragma once

#include "tornado/iostream/netutil.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_certificate.hpp"
#include "tornado/iostream/ssl_options.hpp"
