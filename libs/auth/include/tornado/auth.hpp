#pragma once

/// Everything of the library auth: logins by other sites, tokens, and passwords.

#include "tornado/auth/claims.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/jwk_set.hpp"
#include "tornado/auth/jws.hpp"
