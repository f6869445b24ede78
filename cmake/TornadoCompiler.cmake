include_guard(GLOBAL)

# Warnings and sanitizers are ours alone: a consumer of the libraries never inherits the warnings.
add_library(tornado_warnings INTERFACE)
target_compile_options(tornado_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(TORNADO_WERROR)
    target_compile_options(tornado_warnings INTERFACE -Werror)
endif()

if(TORNADO_SANITIZE)
    list(JOIN TORNADO_SANITIZE "," sanitizers)
    add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizers})
    if("undefined" IN_LIST TORNADO_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # What this checks stands before each function, where clang 14 cannot put it for coroutines.
        add_compile_options(-fno-sanitize=function)
    endif()
    if("thread" IN_LIST TORNADO_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Asio's fences, which g++ warns that ThreadSanitizer does not see; a context of ours never needs them. And what
        # std::optional holds, which g++ takes for uninitialised when it has put ThreadSanitizer's calls in between.
        add_compile_options(-Wno-tsan -Wno-maybe-uninitialized)
    endif()
endif()

find_program(TORNADO_CCACHE ccache)
if(TORNADO_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TORNADO_CCACHE})
endif()
