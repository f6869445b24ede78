#pragma once

#include <string>

namespace tornado::web {

/// How a StaticFileHandler serves its folder.
struct StaticFileOptions {
    /// What to send for a folder: "index.html", say. Empty: folders are a 403.
    std::string default_filename = {};
    /// Whether symbolic links may lead out of the folder; otherwise such files are a 403.
    bool follow_symlinks = false;
    /// Whether `name.br` or `name.gz` beside a file is sent to clients that want it no less than
    /// the file itself, if it is no older than that.
    bool precompressed = false;
};

}  // namespace tornado::web
