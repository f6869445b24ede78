#pragma once

/// Everything of the library auth: logins by other sites, tokens, and passwords.

#include "tornado/auth/api_authentication.hpp"
#include "tornado/auth/auth_mixin.hpp"
#include "tornado/auth/claims.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/facebook.hpp"
#include "tornado/auth/github.hpp"
#include "tornado/auth/google.hpp"
#include "tornado/auth/jwk_set.hpp"
#include "tornado/auth/jws.hpp"
#include "tornado/auth/login_request.hpp"
#include "tornado/auth/oauth2_mixin.hpp"
#include "tornado/auth/oauth_mixin.hpp"
#include "tornado/auth/open_id_connect.hpp"
#include "tornado/auth/open_id_mixin.hpp"
#include "tornado/auth/parameters.hpp"
#include "tornado/auth/password.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/auth/twitter.hpp"
