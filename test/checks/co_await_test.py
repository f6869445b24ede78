"""Tests of the co_await check, on samples of what it must refuse and what it must let pass."""

import unittest

from co_await import faults

REFUSED = {
    "an aggregate as an argument": "co_await fetch(Options{.timeout = 1});",
    "a braced list as an argument": 'co_await render({"title", title});',
    "a braced list that is empty": "co_await wait({});",
    "braces behind a nested call": "co_await outer(inner(1, std::vector<int>{1, 2}));",
    "braces before co_await": "use(Options{1}, co_await get());",
    "braces around co_await": "Row row{co_await get()};",
    "braces in the operand itself": "co_await Options{1}.run();",
    "an expression over several lines": "auto row =\n    co_await get(\n        1,\n        Options{2});",
    "an awaited member call on a braced object": "co_await Client{1}.fetch(url);",
    "the condition of an if": "if (auto x = co_await get(Key{1})) { use(); }",
    "the condition of a while": "while (auto x = co_await get(Key{1})) use();",
    "the range of a for": "for (auto& x : co_await get(Key{1})) { use(x); }",
    "the step of a for": "for (int i = 0; i < 3; i = co_await get(Key{i})) {}",
    "a bare condition": "if (co_await get(key)) use();",
    "a condition among others": "while (more && co_await get(key) > 2) use();",
    "a for's condition": "for (int i = 0; co_await more(i); ++i) use();",
    "a switch": "switch (auto x = co_await get(Key{1})) { case 1: break; }",
    "co_return": "co_return co_await get(Key{1});",
    "a conditional": 'co_await write(ok ? "ok " + text : "error");',
    "a conditional around co_await": "auto x = a ? co_await get(key) : text;",
    "a conditional of the result": "auto x = co_await get() ? a + b : c;",
    "template arguments with commas": "co_await get(std::map<int, std::pair<int, int>>{});",
    "a capture by value": "co_await run([x] { return x; });",
    "a capture of everything by value": "co_await run([=] { return x; });",
    "a capture with an initialiser": "co_await run([x = std::move(x)]() mutable { return x; });",
    "a capture of the object by value": "co_await run([*this] { return 1; });",
    "a pack by value": "co_await run([... xs = xs] { return 1; });",
    "a value among references": "co_await run([&a, b, &c](int i) -> int { return i; });",
    "a lambda with a return type of several arguments": "co_await run([x](int i) -> std::map<int, int> { return x; });",
    "a lambda called at once": "[x]() -> Future<void> { co_return; }(co_await get());",
    "braces beside a harmless lambda": "co_await run([&] { return 1; }, Options{1});",
    "inside a lambda's body": "loop.run_sync([&]() -> Future<void> { co_await get(Key{1}); });",
    "inside a lambda in a braced list": "run({[&]() -> Future<void> { co_await get(Key{1}); }});",
    "after a comment with a quote": "// don't\nco_await get(Key{1});",
    "after a raw string": 'auto s = R"x(a "quoted" { )x"; co_await get(Key{1});',
    "after a digit separator": "auto n = 1'000'000; co_await get(Key{1});",
    "in a macro's argument": "BOOST_TEST(co_await get(Key{1}) == 2);",
    "in a member function's body": "struct A : B<int> { Future<void> f() const override { co_await get(Key{1}); } };",
    "in a function with a trailing type": "auto f() -> Future<void> { co_await get(Key{1}); }",
    "after a constructor's initialisers": "A::A() : a_{1}, b_{2} { start(); } Future<void> f() { co_await get(Key{1}); }",
}

ALLOWED = {
    "parentheses": 'co_await fetch(HTTPRequest(url).method("POST").header("A", "b"));',
    "an object made before": "Options options{1, 2}; co_await fetch(options);",
    "an object made after": "co_await fetch(); Options options{1, 2};",
    "the body of an if": "if (auto x = co_await get()) { Options o{1}; }",
    "the body of an if without braces": "if (auto x = co_await get()) return Options{1};",
    "the body of a while": "while (auto x = co_await get()) { use(Options{1}); }",
    "a named condition": "if (const bool found = co_await find(); found) { use(); }",
    "the body of a range for": "for (auto& x : co_await list()) { use(Options{1}); }",
    "another part of a for's head": "for (Key k{1}; k; k = co_await get()) {}",
    "the initialiser of an if": "if (Key k{1}; auto x = co_await get(k)) {}",
    "the branches of an if and else": "if (a) { co_await f(); } else { use(Key{1}); }",
    "a block": "{ co_await get(); } Options o{1};",
    "captures by reference": "co_await run([&] { return 1; });",
    "captures of this and references": "co_await run([this, &x, &y = z](int i) noexcept { return i; });",
    "no captures": "co_await run([] { return Options{1}; });",
    "a lambda's body with braces": "co_await run([&](auto x) -> Options { Options o{x}; return Options{1, {2}}; });",
    "a capture by value without co_await": "auto f = [x] { return x; };",
    "a coroutine lambda elsewhere": "run([x]() -> Future<void> { co_await get(); });",
    "a coroutine lambda in a braced list": "Options o{[&]() -> Future<void> { co_await get(); }, 1};",
    "a lambda that begins a statement": "} [&] { use(Key{1}); }(); co_await f();",
    "subscripts": "co_await get(keys[i], table[a[1]]);",
    "a structured binding": "auto [a, b] = co_await get(); auto& [c, d] = e;",
    "an attribute": "[[maybe_unused]] auto x = co_await get();",
    "words in strings and comments": 'co_await get("{ }" /* Key{1} */); // Key{2}',
    "a char": "co_await get('{', '}', '?');",
    "a conditional made before": "const auto text = ok ? a + b : c; co_await write(text);",
    "a conditional in a lambda's body": "co_await run([&](int x) { return x ? a : b; });",
    "a directive": "#define KEY Key{1}\nco_await get();",
    "a directive over two lines": "#define KEY \\\n    Key{1}, co_await x(\nco_await get();",
    "function bodies": "Future<void> f(int x) { co_await get(x); } void g() const& { } auto h() -> A<B> { }",
    "class bodies": "struct A : B<C> { int x{1}; Future<void> f() { co_await g(); } std::string y{2}; };",
    "enumerations": "enum class E : int { a, b }; Future<void> f() { co_await g(); }",
    "template classes": "template <class T> struct A<T*> { Future<T> f() { co_await g(); } T x{}; };",
    "namespaces": 'namespace a::b { namespace { extern "C" { Future<void> f() { co_await g(); } } } }',
    "requirements": "template <class T> requires requires(T t) { t.x(); } Future<void> f() { co_await g(); }",
    "a constructor's initialisers": "A::A() : a_{1}, b_(2), C<D>{3} { } Future<void> f() { co_await g(); }",
    "the test case of a macro": "BOOST_AUTO_TEST_CASE(name) { co_await g(); Key k{1}; }",
    "a catch": "try { co_await g(); } catch (const std::exception& e) { use(Key{1}); }",
    "a switch's body": "switch (auto x = co_await g()) { case 1: { use(Key{1}); break; } default: use(Key{2}); }",
    "the operator's declaration": "auto operator co_await() & { return Awaiter{*this}; }",
    "the operator's use in a list": "Awaiter operator co_await() const noexcept { return {1, 2}; }",
    "a pinned trap": "// co_await-check: trap pinned here\nco_await get(Key{1});",
    "a pinned trap, inside the statement": "co_await get(  // co_await-check: trap pinned here\n    Key{1});",
}


class CoAwaitCheck(unittest.TestCase):
    def test_refuses(self):
        for name, sample in REFUSED.items():
            with self.subTest(name):
                self.assertEqual(len(faults(sample)), 1, faults(sample))
                function = f"Future<int> f() {{ before(); {sample} after(); }}"
                self.assertEqual(len(faults(function)), 1, faults(function))

    def test_allows(self):
        for name, sample in ALLOWED.items():
            with self.subTest(name):
                self.assertEqual(faults(sample), [])

    def test_names_the_line(self):
        self.assertEqual(faults("\n\nco_await get(\n    Key{1});")[0][0], 4)

    def test_a_pin_covers_one_statement(self):
        pinned = "// co_await-check: trap pinned here\nco_await get(Key{1});\n\nco_await get(Key{2});"
        self.assertEqual([line for line, _ in faults(pinned)], [4])


if __name__ == "__main__":
    unittest.main()
