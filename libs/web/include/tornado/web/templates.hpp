#pragma once

/// Templates for handlers. An opt-in header: it brings the template language along, which handlers
/// that render nothing need not pay for.
///
/// With it RequestHandler::render(), render_string() and render_async() take names for the
/// template, `render("story.html", {{"title", title}})`, and there are UI modules and methods.
/// Structs of yours are values with <tornado/template/described.hpp>, moments with
/// <tornado/template/datetime.hpp>.

#include "tornado/templating.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/ui_method.hpp"
#include "tornado/web/ui_module.hpp"
