#pragma once

#include "tornado/util/base64.hpp"
#include "tornado/util/result.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/util/secure_random.hpp"
#include "tornado/util/ssl_certificate.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/util/version.hpp"
