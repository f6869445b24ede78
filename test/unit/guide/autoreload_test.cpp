// doc/guide/autoreload.md: its snippets compile. What they do is tested in test/unit/process.

#include <tornado/autoreload.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

namespace autoreload_guide {

namespace autoreload = tornado::autoreload;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;

#include "autoreload.snippets.hpp"

}  // namespace autoreload_guide
