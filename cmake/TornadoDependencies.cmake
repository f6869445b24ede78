include_guard(GLOBAL)

# A project that includes us by add_subdirectory() links our libraries, so it must see what they link.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

# Debian's default Boost is 1.74: say what to install instead of failing somewhere in a header.
find_package(Boost 1.81 QUIET COMPONENTS json regex)
if(NOT Boost_FOUND)
    message(FATAL_ERROR
        "Tornado needs Boost 1.81 or newer with its json and regex libraries: run `./dev install-deps`, or on Debian 12 "
        "`apt-get install libboost1.81-dev libboost-json1.81-dev libboost-regex1.81-dev libboost-test1.81-dev`.")
endif()
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

# tornado_find_optional(<name> <pkg-config module> <Debian package> <what needs it>): the target PkgConfig::<name>, if it is
# installed here. What needs it is left out otherwise.
find_package(PkgConfig QUIET)
function(tornado_find_optional name module package user)
    if(PkgConfig_FOUND)
        pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
    endif()
    set_property(GLOBAL PROPERTY TORNADO_MODULE_${name} ${module})
    if(NOT TARGET PkgConfig::${name})
        message(STATUS "Left out: ${user}. To have it, install pkg-config and ${package}.")
    endif()
endfunction()

tornado_find_optional(cares libcares libc-ares-dev "cares")
tornado_find_optional(brotlidec libbrotlidec libbrotli-dev "brotli in httpclient")
tornado_find_optional(brotlienc libbrotlienc libbrotli-dev "brotli in web")
tornado_find_optional(curl libcurl libcurl4-openssl-dev "curl_httpclient")
tornado_find_optional(gio gio-unix-2.0 libglib2.0-dev "platform_glib")
tornado_find_optional(libpq libpq libpq-dev "PostgreSQL in database, and postgresql_pubsub")
tornado_find_optional(libuv libuv libuv1-dev "platform_uv")
tornado_find_optional(mariadb libmariadb libmariadb-dev "MariaDB in database")
tornado_find_optional(python3 python3-embed python3-dev "wsgi and wsgi_application")
tornado_find_optional(sqlite3 sqlite3 libsqlite3-dev "database, whatever the server, and with it postgresql_pubsub and the app blog")
tornado_find_optional(zstd libzstd libzstd-dev "zstd in httpclient and web")
