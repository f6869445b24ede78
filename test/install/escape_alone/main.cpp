#include <tornado/escape.hpp>

int main() {
    return tornado::escape::xhtml_escape("<b>") == "&lt;b&gt;" ? 0 : 1;
}
