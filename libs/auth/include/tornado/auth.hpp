#pragma once

/// Everything of the library auth: logins by other sites, tokens, and passwords.

#include "tornado/auth/claims.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/jwk_set.hpp"
#include "tornado/auth/jws.hpp"
#include "tornado/auth/login_request.hpp"
#include "tornado/auth/open_id_connect.hpp"
#include "tornado/auth/tokens.hpp"
