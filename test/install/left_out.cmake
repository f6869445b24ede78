# Configures `source` where none of the optional libraries is found: it must work, and say what is not there for that.
set(ENV{PKG_CONFIG_LIBDIR} /nonexistent)
set(ENV{PKG_CONFIG_PATH})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${source} -B ${build} --fresh -G ${generator} -DCMAKE_CXX_COMPILER=${compiler}
    OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
foreach(component IN ITEMS
    cares curl_httpclient database platform_glib platform_uv postgresql_pubsub wsgi wsgi_application PostgreSQL MariaDB brotli zstd)
    if(NOT said MATCHES "Left out: [^\n]*${component}[^\n]*To have it, install")
        message(FATAL_ERROR "Nothing says that ${component} is left out:\n${said}")
    endif()
endforeach()
