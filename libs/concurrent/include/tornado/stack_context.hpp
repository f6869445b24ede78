#pragma once

#include "tornado/concurrent/exception_stack_context.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/concurrent/wrap.hpp"
