include_guard(GLOBAL)

# tornado_add_wsgi_module(<name> SOURCES <file>... [LINK <target>...]): the Python module <name>, with an application of ours
# in it that any WSGI server can load: `gunicorn <name>:application`. One of the sources says TORNADO_WSGI_MODULE(<name>, ...).
# It needs a program that brings Python 3.8 or a later one along, and does not link it itself.
function(tornado_add_wsgi_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "tornado_add_wsgi_module(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
    endif()
    if(NOT arg_SOURCES)
        message(FATAL_ERROR "tornado_add_wsgi_module(${name}): SOURCES names no file")
    endif()
    if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
        message(FATAL_ERROR "tornado_add_wsgi_module(${name}): Python can import no module of that name")
    endif()
    add_library(${name} MODULE ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE tornado::wsgi_application ${arg_LINK})
    set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".abi3.so" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    # Two modules in one process share nothing of ours: each has its libraries to itself.
    target_link_options(${name} PRIVATE LINKER:--exclude-libs,ALL)
endfunction()
