#pragma once

#include "tornado/template/value.hpp"

namespace tornado::web {

class RequestHandler;

namespace detail {

/// A handler's method as a function for templates: C++ and Python name the arguments alike.
template <templating::Value (*call)(RequestHandler&, const templating::Arguments&)>
struct TemplateFunction {
    templating::Value operator()(const templating::Arguments& arguments) const {
        return call(*handler, arguments);
    }
    RequestHandler* handler;
};

templating::Value translate(RequestHandler& handler, const templating::Arguments& arguments);
templating::Value pgettext(RequestHandler& handler, const templating::Arguments& arguments);
templating::Value static_url(RequestHandler& handler, const templating::Arguments& arguments);
templating::Value reverse_url(RequestHandler& handler, const templating::Arguments& arguments);
templating::Value xsrf_form_html(RequestHandler& handler, const templating::Arguments& arguments);

using Translate = TemplateFunction<&translate>;
using Pgettext = TemplateFunction<&pgettext>;
using StaticURL = TemplateFunction<&static_url>;
using ReverseURL = TemplateFunction<&reverse_url>;
using XSRFFormHTML = TemplateFunction<&xsrf_form_html>;

}  // namespace detail
}  // namespace tornado::web
