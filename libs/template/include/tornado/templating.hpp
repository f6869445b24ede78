#pragma once

#include "tornado/template/compiled_loader.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/loader.hpp"
#include "tornado/template/namespace.hpp"
#include "tornado/template/object.hpp"
#include "tornado/template/template.hpp"
#include "tornado/template/value.hpp"
