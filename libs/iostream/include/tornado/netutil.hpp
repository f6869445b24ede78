#pragma once

#include "tornado/iostream/acceptor.hpp"
#include "tornado/iostream/bind_sockets.hpp"
#include "tornado/iostream/executor_resolver.hpp"
#include "tornado/iostream/family.hpp"
#include "tornado/iostream/override_resolver.hpp"
#include "tornado/iostream/resolver.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/systemd_sockets.hpp"
#include "tornado/util/ssl_certificate.hpp"
