#include "regex.hpp"

#include <boost/regex.hpp>
#include <locale>
#include <stdexcept>

#include "tornado/log/logger.hpp"

namespace tornado::routing {

struct Regex::Impl {
    explicit Impl(std::string_view expression) {
        compiled.imbue(std::locale::classic()
        );  // what "\w" means is no matter of the user's locale
        compiled.assign(expression.begin(), expression.end(), boost::regex::perl);
    }

    boost::regex compiled;
};

Regex::Regex(std::string_view expression) {
    try {
        impl_ = std::make_unique<const Impl>(expression);
    } catch (const boost::regex_error& error) {
        throw std::invalid_argument{error.what()};
    }
}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

bool Regex::match(std::string_view text, PathGroups& groups) const {
    groups.clear();
    boost::cmatch found;
    try {
        const auto* const begin = text.data();
        if (!boost::regex_match(
                begin,
                begin + text.size(),
                found,
                impl_->compiled,
                boost::match_default | boost::match_single_line
            )) {
            return false;
        }
    } catch (const std::runtime_error& error) {
        // Boost.Regex gives up on what takes it exponential time: a stranger's path must not stop
        // the server.
        log::gen_log().warning(
            "Gave up matching ",
            text.size(),
            " bytes against the pattern ",
            impl_->compiled.str(),
            ": ",
            error.what()
        );
        return false;
    }
    for (std::size_t i = 1; i < found.size(); ++i) {
        const auto& group = found[static_cast<int>(i)];
        if (group.matched) {
            groups.push_back(text.substr(
                static_cast<std::size_t>(group.first - text.data()),
                static_cast<std::size_t>(group.second - group.first)
            ));
        } else {
            groups.push_back(std::nullopt);
        }
    }
    return true;
}

std::size_t Regex::group_count() const noexcept {
    return impl_->compiled.mark_count();
}

}  // namespace tornado::routing
