#pragma once

#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/pipe_iostream.hpp"
#include "tornado/iostream/stream_core.hpp"
