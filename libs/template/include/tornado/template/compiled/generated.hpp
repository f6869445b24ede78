#pragma once

// All that the C++ which tornado-compile-templates writes is made of.
#include "tornado/template/compiled/builtins.hpp"   // IWYU pragma: export
#include "tornado/template/compiled/dynamic.hpp"    // IWYU pragma: export
#include "tornado/template/compiled/frame.hpp"      // IWYU pragma: export
#include "tornado/template/compiled/loops.hpp"      // IWYU pragma: export
#include "tornado/template/compiled/members.hpp"    // IWYU pragma: export
#include "tornado/template/compiled/operators.hpp"  // IWYU pragma: export
#include "tornado/template/compiled/typed.hpp"      // IWYU pragma: export
#include "tornado/template/compiled/writer.hpp"     // IWYU pragma: export
