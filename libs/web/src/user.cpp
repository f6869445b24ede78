#include "tornado/web/user.hpp"

namespace tornado::web {

User::User(std::string name) {
    if (!name.empty()) {
        keep(std::move(name));
    }
}

}  // namespace tornado::web
