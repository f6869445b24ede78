#pragma once

/// Python's WSGI applications inside a server of ours. Mirrors `tornado.wsgi`.
#include "tornado/wsgi/python_app.hpp"
#include "tornado/wsgi/wsgi_container.hpp"
