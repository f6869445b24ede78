#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "modules.hpp"
#include "program.hpp"
#include "tornado/template/loader.hpp"

namespace tornado::templating::detail {

/// What a loader keeps.
class LoaderState {
public:
    struct ParsedFile {
        std::shared_ptr<const File> file;
        std::string version;
    };
    struct Ready {
        std::shared_ptr<const Template> made;
        std::vector<std::pair<std::string, std::string>> versions;  // of all its files
    };

    LoaderOptions options;
    std::shared_ptr<const Namespace> names;
    std::shared_ptr<const Modules> modules = std::make_shared<Modules>();
    std::map<std::string, ParsedFile, std::less<>> files;
    std::map<std::string, Ready, std::less<>> templates;
    std::mutex mutex;
};

/// The function's name, or nullopt for "None" and "".
[[nodiscard]] std::optional<std::string> escape_function(const std::string& name);

}  // namespace tornado::templating::detail
