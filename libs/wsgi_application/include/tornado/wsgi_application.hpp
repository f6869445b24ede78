#pragma once

/// An application of ours under any Python WSGI server. Mirrors `tornado.wsgi.WSGIApplication` of
/// Tornado 2 and `WSGIAdapter` of Tornado 4.
#include "tornado/wsgi_application/module.hpp"
#include "tornado/wsgi_application/wsgi_application.hpp"
