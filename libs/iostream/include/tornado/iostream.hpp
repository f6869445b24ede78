#pragma once

#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/pipe_iostream.hpp"
#include "tornado/iostream/ssl_errors.hpp"
#include "tornado/iostream/ssl_iostream.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/iostream/tls_session.hpp"
#include "tornado/util/ssl_certificate.hpp"
