#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

#include "../temporary_folder.hpp"

/// The header that a test's catalogues begin with, in UTF-8.
inline std::string po_header(const std::string& plural_forms = "nplurals=2; plural=(n > 1);") {
    return "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
           "\"Language: fr\\n\"\n\"Plural-Forms: " +
           plural_forms + "\\n\"\n\n";
}

/// Makes a catalogue of the text of a .po file by gettext's own msgfmt.
inline void
msgfmt(const std::string& po, const std::string& path, const std::string& options = "") {
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::FILE* program = ::popen(("msgfmt " + options + " -o '" + path + "' -").c_str(), "w");
    if (program == nullptr) {
        throw std::runtime_error{"msgfmt, of Debian's package gettext, cannot be started"};
    }
    const auto written = std::fwrite(po.data(), 1, po.size(), program);
    if (::pclose(program) != 0 || written != po.size()) {
        throw std::runtime_error{"msgfmt, of Debian's package gettext, failed"};
    }
}

/// The bytes of such a catalogue.
inline std::string catalogue_of(const std::string& po, const std::string& options = "") {
    const TemporaryFolder folder;
    msgfmt(po, folder / "test.mo", options);
    return read_file(folder / "test.mo");
}
