include_guard(GLOBAL)
include(GNUInstallDirs)

# tornado_add_library(<name>
#     MODULES <module whose header is include/tornado/<module>.hpp>...
#     HEADERS <file under include/tornado/<name>/>...
#     SOURCES <file under src/>...
#     PUBLIC  <target whose headers ours include>...
#     PRIVATE <target only our sources use>...)
#
# Of what tornado_find_optional() finds, only what is there is linked; TORNADO_HAS_<NAME> is then defined for our sources.
#
# Defines the static library tornado::<name> (or, without SOURCES, a library of headers), its warnings, its install
# rules and its export set. Headers are listed once, here, for build, install and the check that each compiles alone.
function(tornado_add_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "MODULES;HEADERS;SOURCES;PUBLIC;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "tornado_add_library(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
    endif()
    list(TRANSFORM arg_HEADERS PREPEND include/tornado/${name}/)
    list(TRANSFORM arg_MODULES REPLACE "(.+)" "include/tornado/\\1.hpp")
    list(TRANSFORM arg_SOURCES PREPEND src/)

    set(optional ${arg_PRIVATE})
    list(FILTER optional INCLUDE REGEX "^PkgConfig::")
    set(definitions "")
    foreach(target IN LISTS optional)
        if(TARGET ${target})
            string(REGEX REPLACE "^PkgConfig::" "TORNADO_HAS_" definition ${target})
            string(TOUPPER ${definition} definition)
            list(APPEND definitions ${definition})
        else()
            list(REMOVE_ITEM arg_PRIVATE ${target})
        endif()
    endforeach()

    if(arg_SOURCES)
        set(scope PUBLIC)
        add_library(tornado_${name} STATIC ${arg_SOURCES})
        target_include_directories(tornado_${name} PRIVATE src)
        target_compile_definitions(tornado_${name} PRIVATE ${definitions})
        target_link_libraries(tornado_${name} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:tornado_warnings>)
        set_target_properties(tornado_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
        # Or position independent code is compiled as if any function could be replaced at load time: nothing inlined.
        target_compile_options(tornado_${name} PRIVATE -fno-semantic-interposition)
    else()
        set(scope INTERFACE)
        add_library(tornado_${name} INTERFACE)
    endif()
    add_library(tornado::${name} ALIAS tornado_${name})
    set_target_properties(tornado_${name} PROPERTIES EXPORT_NAME ${name})
    target_sources(tornado_${name} ${scope} FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS} ${arg_MODULES})
    target_compile_features(tornado_${name} ${scope} cxx_std_20)
    target_link_libraries(tornado_${name} ${scope} ${arg_PUBLIC})

    if(TORNADO_INSTALL)
        install(TARGETS tornado_${name} EXPORT tornado-${name}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} FILE_SET HEADERS)
        install(EXPORT tornado-${name} NAMESPACE tornado:: FILE tornado-${name}.cmake
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tornado)
    endif()

    # What a consumer's find_package(tornado COMPONENTS <name>) must load first.
    set(needs ${arg_PUBLIC} ${arg_PRIVATE})
    set(foreign ${needs})
    list(FILTER needs INCLUDE REGEX "^tornado::")
    list(TRANSFORM needs REPLACE "^tornado::" "")
    list(FILTER foreign EXCLUDE REGEX "^tornado::")
    set_property(GLOBAL APPEND PROPERTY TORNADO_COMPONENTS ${name})
    set_property(GLOBAL PROPERTY TORNADO_${name}_NEEDS "${needs}")
    set_property(GLOBAL PROPERTY TORNADO_${name}_FOREIGN "${foreign}")
endfunction()

# tornado_add_program(<name> SOURCES <file>... PRIVATE <target>...): a program that is installed with the libraries.
# A project that carries our sources along gets it only when it asks for the target.
function(tornado_add_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "tornado_add_program(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_PRIVATE} tornado_warnings)
    if(TORNADO_INSTALL)
        install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
        set_property(GLOBAL APPEND PROPERTY TORNADO_PROGRAMS ${name})
    else()
        set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
endfunction()
