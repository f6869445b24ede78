#pragma once

#include "tornado/web/application.hpp"
#include "tornado/web/form_stream.hpp"
#include "tornado/web/handlers.hpp"
#include "tornado/web/http_error.hpp"
#include "tornado/web/output_transform.hpp"
#include "tornado/web/path_arguments.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/route.hpp"
#include "tornado/web/signed_value.hpp"
#include "tornado/web/static_file_handler.hpp"
#include "tornado/web/temporary_file.hpp"
#include "tornado/web/user.hpp"
