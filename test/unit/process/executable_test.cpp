#include "../../../libs/process/src/executable.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "talk.hpp"

namespace {

namespace fs = std::filesystem;
using tornado::process::is_complete_executable;

struct Fixture {
    void write(const std::string& content) const {
        write_file(path, content);
        fs::permissions(path, fs::perms::owner_all);
    }
    TemporaryFolder folder;
    std::string path = folder / "program";
};

BOOST_FIXTURE_TEST_SUITE(is_complete_executable_suite, Fixture)

BOOST_AUTO_TEST_CASE(accepts_programs_and_scripts) {
    fs::copy_file("/proc/self/exe", path);
    BOOST_TEST(is_complete_executable(path));
    write("#!/bin/sh\n");
    BOOST_TEST(is_complete_executable(path));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_there_not_executable_or_no_file) {
    BOOST_TEST(!is_complete_executable(path));
    BOOST_TEST(!is_complete_executable(folder.path()));
    fs::copy_file("/proc/self/exe", path);
    fs::permissions(path, fs::perms::owner_read);
    BOOST_TEST(!is_complete_executable(path));
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_somebody_has_open_for_writing) {
    write("#!/bin/sh\n");
    std::ofstream writer{path, std::ios::app};
    BOOST_TEST(!is_complete_executable(path));
    writer.close();
    BOOST_TEST(is_complete_executable(path));
}

BOOST_AUTO_TEST_CASE(leaves_nothing_behind_that_would_hinder_a_writer) {
    write("#!/bin/sh\n");
    BOOST_TEST(is_complete_executable(path));
    BOOST_TEST((std::ofstream{path, std::ios::app} << "exit 0\n").good());
}

BOOST_AUTO_TEST_CASE(refuses_an_elf_file_that_is_cut_off_anywhere) {
    std::ifstream file{"/proc/self/exe", std::ios::binary};
    std::string head(64 * 1024, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    for (const std::size_t size : {0UL, 1UL, 4UL, 5UL, 63UL, 64UL, 100UL, 4096UL, head.size()}) {
        write(head.substr(0, size));
        BOOST_TEST_INFO_SCOPE(size << " bytes");
        BOOST_TEST(is_complete_executable(path) == (size == 1));  // too little to be an ELF file
    }
    fs::copy_file("/proc/self/exe", path, fs::copy_options::overwrite_existing);
    fs::resize_file(path, fs::file_size(path) - 1);
    BOOST_TEST(!is_complete_executable(path));
}

BOOST_AUTO_TEST_CASE(refuses_headers_that_name_parts_beyond_all_bounds) {
    fs::copy_file("/proc/self/exe", path);
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    file.seekp(0x28);  // e_shoff
    file.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    file.close();
    BOOST_TEST(!is_complete_executable(path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
