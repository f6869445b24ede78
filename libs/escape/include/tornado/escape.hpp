#pragma once

/// Everything of the library escape: HTML, URLs, JSON, UTF-8 and links in text.

#include "tornado/escape/error.hpp"
#include "tornado/escape/html.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/escape/linkify.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/escape/utf8.hpp"
