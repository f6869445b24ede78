"""Templates that Tornado and we must render alike: see template_test.py."""

from typing import NamedTuple

NAMES = {
    "a": 7, "b": 3, "x": 2.5, "s": "Hello <World> & 'friends'", "t": "  padded\ttext \n", "u": "Grüße, Ωmega ß ﬁ 日本 😀",
    "empty": "", "nothing": None, "yes": True, "no": False, "items": [3, 1, 2], "words": ["apple", "Banana", "cherry", "apple"],
    "d": {"one": 1, "two": 2, "three": {"deep": [1, {"er": "x"}]}}, "rows": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob <b>"}],
    "big": 9007199254740993, "tiny": 1e-7, "huge": 1e22, "neg": -5, "pairs": [[1, "a"], [2, "b"]], "none_list": [None, 1, ""],
}


class Case(NamedTuple):
    files: dict
    name: str
    names: dict


EXPRESSIONS = r"""
1
-1
+5
~5
0x1F
0o17
0b101
1_000_000
1.5
.5
5.
1e3
1.5e-5
1e16
1e15
123456789012345680.0
0.1 + 0.2
1/3
2/3 * 100
10 / 2
7 // 2
-7 // 2
7 // -2
7 % 3
-7 % 3
7 % -3
7.5 // 2
-7.5 // 2
7.5 % 2
-7.5 % 2
2 ** 10
2 ** -1
2 ** 0.5
-2 ** 2
(-2) ** 2
2 ** 3 ** 2
1 + 2 * 3 - 4 / 2
(1 + 2) * 3
1 << 10
1024 >> 3
-1 >> 1
5 & 3
5 | 3
5 ^ 3
True + True
True & False
True | False
not True
not 0
not ''
1 < 2 < 3
1 < 3 < 2
1 == 1.0
1 == True
'1' == 1
1 != 2
3 > 2 >= 2
'a' < 'b'
'B' < 'a'
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 'a') == (1, 'a')
[1] == (1,)
{'a': 1} == {'a': 1.0}
None is None
a is not None
nothing is None
1 in [1, 2]
3 not in [1, 2]
'lo' in 'hello'
'' in 'x'
'one' in d
1 in d
None in none_list
1 and 2
0 and 2
0 or 'x'
'' or None or 'z'
1 or 1/0
0 and 1/0
'yes' if a > 5 else 'no'
'yes' if a > 50 else 'no' if b else 'other'
a if yes else 1/0
None
True
False
'x'
"x"
'it\'s'
"a\tb\\n"
'\x41\u00e9\U0001F600\101'
'''triple 'quoted' '''
r'raw\n'
'con' 'cat' "enated"
'a' + 'b'
'ab' * 3
3 * 'ab'
'ab' * 0
'ab' * -1
[1] + [2]
[0] * 3
(1,) + (2,)
(1, 2) * 2
()
(1,)
(1, 2)
1, 2
[]
[1, 'a', None, True, 2.5]
{}
{'a': 1, 2: 'b', None: [1]}
{'k': {'l': (1,)}}
{**d, 'four': 4}
[*items, 9]
(*items, 9)
[[1, 2], [3]]
['it\'s', "say \"x\"", 'both \' "']
'\n\t\r\\\x00\x7f\xa0é'
b'\xc3\xa9\303\251\x41'
br'\x41'
['\n\t\r\\\x00\x7f\xa0é\u200b']
['日本', '😀', 'ñ']
s
u
t
x
big
tiny
huge
neg
items
d
rows
none_list
d['one']
d['three']['deep'][1]['er']
items[0]
items[-1]
words[1][0]
u[0]
u[-1]
u[2]
s[0:5]
s[6:]
s[:-3]
s[::2]
s[::-1]
u[2:6]
u[::-1]
items[1:]
items[:1]
items[::-1]
items[5:]
items[-2:]
(1, 2, 3)[1:]
range(10)[2]
range(5)
range(1, 10, 2)
len(range(0, 10, 3))
list(range(5))
list(range(5, 0, -2))
list(range(0))
len(s)
len(u)
len(items)
len(d)
len({})
len('')
str(5)
str(2.0)
str(None)
str([1, 'a'])
str('x')
repr('x')
repr("it's")
ascii('é😀')
int('42')
int(' -7 ')
int('ff', 16)
int('0x1f', 16)
int('1_0')
int(3.9)
int(-3.9)
int(True)
float('1.5')
float('1e3')
float(' 2 ')
float('inf')
float('-inf')
float('nan')
float(3)
bool([])
bool('x')
bool(0.0)
list('abc')
list(d)
tuple([1, 2])
dict(a=1, b=2)
dict([['x', 1], ['y', 2]])
dict(d, one=9)
sorted(set([3, 1, 3]))
abs(-5)
abs(-2.5)
round(2.5)
round(3.5)
round(-2.5)
round(2.675, 2)
round(1234.5678, 2)
round(1234, -2)
round(1250, -2)
round(2.5, 0)
round(7)
divmod(7, 3)
divmod(-7, 3)
divmod(7.5, 2)
pow(2, 5)
min(3, 1, 2)
max(items)
min(words)
max(words, key=len)
min(rows, key=lambda r: r['id'])['name']
max([], default='none')
sum(items)
sum([0.1] * 3)
sum(items, 10)
sum([[1], [2]], [])
sorted(items)
sorted(words)
sorted(words, key=str.lower)
sorted(words, reverse=True)
sorted(rows, key=lambda r: -r['id'])[0]['name']
sorted('hello')
sorted(d)
list(reversed(items))
list(reversed('abc'))
list(enumerate(words))
list(enumerate(words, 1))
list(enumerate(words, start=5))
list(zip(items, words))
list(zip(items))
list(zip())
list(map(str, items))
list(map(lambda i: i * 2, items))
list(map(lambda i, j: i + j, items, items))
list(filter(None, none_list))
list(filter(lambda i: i > 1, items))
any([0, 1])
any([])
all([1, 2])
all([])
all(i > 0 for i in items)
chr(8364)
ord('€')
hex(255)
hex(-255)
oct(8)
bin(5)
isinstance(5, int)
isinstance('x', str)
isinstance(True, int)
isinstance([], (list, tuple))
isinstance(d, dict)
isinstance(1.0, int)
hasattr('x', 'upper')
hasattr('x', 'nope')
getattr('x', 'nope', 5)
getattr('x', 'upper')()
callable(len)
callable(5)
format(3.14159, '.2f')
format(1234567, ',')
format('x', '>5')
[i * 2 for i in items]
[i for i in items if i > 1]
[i + j for i in items for j in [10, 20] if i != j]
[w.upper() for w in words if 'a' in w]
[[j for j in range(i)] for i in items]
[k + str(v) for k, v in [('a', 1), ('b', 2)]]
{k: v for k, v in pairs}
{w: len(w) for w in words}
max(r['id'] for r in rows)
', '.join(r['name'] for r in rows)
(i for i in items) and 1
[x for x in 'abc']
(lambda v: v + 1)(5)
(lambda: 5)()
f'{a} and {b}'
f'{x:.3f}|{a:>5}|{s!r}'
f'{{literal}} {a + b}'
f'{words[0]:*^{a + 4}}'
f"{'nested'}"
s.upper()
s.lower()
u.upper()
'@AZ[`az{'.upper() + '@AZ[`az{'.lower()
'A mixed Text of Several Words'.upper() + 'é' + 'aBcDeFgHiJ'.lower() + 'XyZ'.lower() + 'é'.upper()
'sixteen letters é'.upper()
u.lower()
u.title()
u.swapcase()
'ΑΣ ΣΑΣ'.lower()
'hello wORLD'.capitalize()
"they're bill's".title()
'ﬁ'.upper()
t.strip()
t.lstrip()
t.rstrip()
'xxaxx'.strip('x')
'xyaxy'.lstrip('yx')
'xyaxy'.rstrip('yx')
'a b  c'.split()
' a b '.split(' ')
'a,b,c'.split(',')
'a,b,c'.split(',', 1)
'a b c'.split(None, 1)
'a b c '.split(maxsplit=1)
'a,b,c'.rsplit(',', 1)
'a b  c '.rsplit(None, 1)
'a b c'.rsplit()
''.split()
''.split(',')
'a\nb\r\nc\n'.splitlines()
'a\nb'.splitlines(True)
'-'.join(['a', 'b'])
'-'.join(x for x in 'abc')
s.join(x + '<' for x in words if 'a' in x)
', '.join(str(i * j) for i in range(3) for j in range(2))
''.join(x for x in [])
''.join([])
', '.join('abc')
'aXbX'.replace('X', 'yy')
'aXbX'.replace('X', '', 1)
'ab'.replace('', '-')
'ab'.replace('', '-', 2)
s.startswith('Hello')
s.startswith(('x', 'H'))
s.startswith('World', 7)
s.endswith("'")
s.endswith('x')
'hello'.find('l')
'hello'.find('l', 3)
'hello'.find('z')
u.find('Ω')
'hello'.rfind('l')
'hello'.index('e')
'hello'.rindex('l')
'hello'.count('l')
'hello'.count('')
'aaa'.count('aa')
'hello'.find('')
'hello'.find('', 10)
'hello'.find('l', -2)
'k=v=w'.partition('=')
'k=v=w'.rpartition('=')
'kv'.partition('=')
'kv'.rpartition('=')
'7'.zfill(3)
'-7'.zfill(4)
'abc'.zfill(2)
'a'.ljust(3) + '|'
'a'.rjust(3)
'a'.center(4, '*')
'ab'.center(5, '*')
'abc'.center(2)
'日'.center(5, '*')
'12'.isdigit()
''.isdigit()
'1a'.isdigit()
'ab'.isalpha()
'é'.isalpha()
'a1'.isalnum()
' \t'.isspace()
'AB'.isupper()
'A1'.isupper()
'1'.isupper()
'ab'.islower()
'Ab Cd'.istitle()
'AB'.istitle()
'a_1'.isidentifier()
'1a'.isidentifier()
'abc'.isascii()
'a\tb'.expandtabs()
'a\tb'.expandtabs(4)
'test.html'.removesuffix('.html')
'test.html'.removeprefix('te')
'Straße'.casefold() if False else 'Strasse'.casefold()
'{} {}'.format(1, 'x')
'{1} {0}'.format('a', 'b')
'{name} is {age:d}'.format(name='Ann', age=5)
'{0[id]} {0[name]}'.format(rows[0])
'{:>6}|{:<6}|{:^6}'.format('a', 'b', 'c')
'{:*^9}'.format('mid')
'{:05d} {:+d} {: d}'.format(42, 42, 42)
'{:x} {:X} {:#x} {:o} {:#b} {:c}'.format(255, 255, 255, 8, 5, 65)
'{:,} {:,.2f} {:_}'.format(1234567, 1234567.891, 1234567)
'{:.3f} {:e} {:g} {:.3g} {:%} {:.1%}'.format(3.14159, 31415.9, 0.00001, 1234.5, 0.25, 0.125)
'{:.3} {:.10} {:.2}'.format(3.14159, 2.5, 123.0)
'{:.2s}|{:5.1s}|'.format('hello', 'world')
'{!r} {!s} {!a}'.format('é', 'é', 'é')
'{{}} {}'.format(1)
'{:{}}'.format('x', 5)
'{:08.3f}'.format(-3.14159)
'{:<08d}'.format(5)
'{:010,}'.format(12345)
'{:}'.format(None)
'{:.0f} {:.0f}'.format(0.5, 1.5)
'{:f}'.format(5)
'{:g} {:g} {:g}'.format(1e10, 100000.0, 1000000.0)
'%s and %s' % ('a', 1)
'%s' % 'x'
'%s' % [1, 2]
'%d items' % 5
'%d' % 3.99
'%5d|%-5d|%05d|%+d|% d' % (42, 42, 42, 42, 42)
'%x %X %#x %o %c %c' % (255, 255, 255, 8, 65, 'z')
'%.2f %5.1f %e %g %G' % (3.14159, 2.55, 1234.5, 0.0001, 1e-10)
'%r %a' % ('é', 'é')
'%10s|%-10s|%.2s' % ('a', 'b', 'cde')
'%(one)s and %(two)03d' % d
'%(url)s' % {"url": "/auth/login?next=" + url_escape("/a b")}
'100%%' % ()
'%s%%' % 50
'%*d' % (5, 42)
'%-*d|' % (5, 42)
'%.*f' % (1, 2.345)
'%s %s' % (None, True)
'%i' % True
d.get('one')
d.get('x')
d.get('x', 5)
d.items() and list(d.items())[0]
list(d.keys())
list(d.values())[:2]
sorted(d.keys())
[1, 2, 1].count(1)
[1, 2, 1].index(2)
(1, 2).index(2)
(1, 1).count(1)
[3, 1].copy()
{'a': 1}.copy()
(5).bit_length()
(2.0).is_integer()
x.is_integer()
escape('<&>"')
xhtml_escape("it's")
url_escape('a b/ü&')
url_escape('a b/ü&', False)
url_escape('a b', plus=False)
url_escape(u)
url_escape(s + 'x' * 70 + '/ü ')
url_escape(5)
url_escape(undefined)
[url_escape(word) for word in words]
'<' * 20 + '"' * 7 + "'" * 9
"a'b" * 3
'abcdef&'
'>abcdef'
squeeze('  a \n\t b ')
json_encode({'a': [1, 2.5, None, True, 'é</script>']})
json_encode(d)
json_encode('</x>')
json_encode(1e22)
json_encode((1, 2))
json_encode({1: 2, None: 3, True: 4, 1.5: 6})
linkify('see http://example.com/a?b=c&d now')
linkify('www.example.com', require_protocol=True)
linkify('http://example.com/' + 'x' * 50, shorten=True)
linkify('http://example.com', extra_params='rel="nofollow"')
linkify('http://example.com', extra_params=lambda u: 'class="x"')
datetime.datetime(2020, 2, 29, 13, 5, 9)
datetime.datetime(2020, 2, 29, 13, 5, 9, 123)
datetime.datetime(2020, 2, 29).strftime('%Y-%m-%dT%H:%M:%SZ')
datetime.datetime(2020, 2, 29, 3, 4).strftime('%A %a %B %b %d %e %I:%M %p %j %y %% %U')
datetime.datetime(2020, 2, 29, 13, 5, 9, 123).isoformat()
datetime.datetime(2020, 2, 29, 13).isoformat(' ')
datetime.datetime(2020, 2, 29).year
datetime.datetime(2020, 2, 29, 1, 2, 3).minute
datetime.datetime(2020, 2, 29).weekday()
datetime.datetime(2020, 2, 29).isoweekday()
datetime.datetime(2020, 2, 29, 5).date()
datetime.date(2020, 1, 1)
datetime.date(2020, 1, 1).isoformat()
datetime.date(2020, 1, 1) + datetime.timedelta(days=40)
datetime.datetime(2020, 1, 1) - datetime.timedelta(hours=1, minutes=30)
datetime.datetime(2020, 1, 2) - datetime.datetime(2020, 1, 1, 12)
(datetime.datetime(2020, 1, 2) - datetime.datetime(2020, 1, 1)).days
datetime.timedelta(days=1, seconds=3661)
datetime.timedelta(seconds=-1)
datetime.timedelta(days=2, microseconds=5)
datetime.timedelta(minutes=90).total_seconds()
datetime.timedelta(minutes=90) * 2
datetime.timedelta(minutes=90) / datetime.timedelta(minutes=30)
datetime.timedelta(1) > datetime.timedelta(0)
datetime.datetime(2020, 1, 1) < datetime.datetime(2021, 1, 1)
datetime.datetime(2020, 1, 1) == datetime.datetime(2020, 1, 1)
max([datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)]).year
[datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1, 5), datetime.timedelta(1)]
'{:%d.%m.%Y}'.format(datetime.datetime(2020, 2, 29))
datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) - datetime.datetime(2020, 1, 1)
datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) < datetime.datetime(2020, 1, 1)
datetime.datetime.utcfromtimestamp(1600000000.25)
datetime.datetime.fromtimestamp(1600000000, datetime.timezone.utc)
datetime.datetime.fromtimestamp(1600000000).timestamp()
datetime.datetime(2020, 2, 29, 13, 5, 9, 123, tzinfo=datetime.timezone.utc).timestamp()
datetime.datetime.utcnow().strftime('%Y') > '2020'
datetime.datetime.now(datetime.timezone.utc) < datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)
datetime.datetime.now() > datetime.datetime(2020, 1, 1)
datetime.datetime.today() > datetime.datetime(2020, 1, 1)
datetime.date.today() > datetime.date(2020, 1, 1)
[datetime.datetime(2020, 2, 29, 13, 5, 9, 7).month, datetime.datetime(2020, 2, 29, 13, 5, 9, 7).day]
[datetime.datetime(2020, 2, 29, 13, 5, 9, 7).hour, datetime.datetime(2020, 2, 29, 13, 5, 9, 7).second]
datetime.datetime(2020, 2, 29, 13, 5, 9, 7).microsecond
[datetime.timedelta(days=1, seconds=2, microseconds=3).seconds, datetime.timedelta(0, 0, 3).microseconds]
'é'.encode().decode()
['12'.isdecimal(), '1a'.isdecimal(), '12'.isnumeric(), 'a b'.isprintable(), 'a\n'.isprintable()]
repr(KeyError('a'))
str(KeyError('a'))
repr(ValueError('a'))
repr(ValueError())
[str(AttributeError('a')), str(ImportError('b')), str(OSError('c')), str(RuntimeError('d'))]
str(ArithmeticError('a')) + str(LookupError('b')) + str(NameError('c')) + str(ZeroDivisionError('d'))
int(float('inf'))
'%5%|' % ()
'%-5%' % 3
'{:z}'.format(-0.0)
'{:z.1f}'.format(-0.01)
'{:+z.0f}'.format(-0.2)
'{:z.1f}'.format(-0.3)
'{:z}'.format(3)
'{:z}'.format('a')
'{:,x}'.format(5)
'{:_x}'.format(70000)
'{:_,}'.format(5)
'{:,n}'.format(5)
1/0
1 // 0
1 % 0
1.0 / 0
undefined
undefined.x
s.nope
s.nope()
nothing.x
d['nope']
items[10]
items['x']
s[100]
a[0]
'a' + 1
1 + 'a'
[1] + (2,)
-'a'
'a' < 1
[1] < ['a']
None < 1
len(5)
len()
int('x')
int('')
int([])
float('x')
'a'.index('b')
[1].index(2)
a()
nothing()
'%d' % 'x'
'%s %s' % 'x'
'%s' % ('a', 'b')
'%(x)s' % {}
'%q' % 1
'{} {}'.format(1)
'{x}'.format()
'{:d}'.format('x')
'{:q}'.format(5)
'{'.format()
' '.join([1])
' '.join(x for x in ['a', 1])
' '.join(1 // x for x in [1, 0])
[1].join(x for x in 'ab')
(5).join(1 // x for x in [0])
(5).upper(1 // 0)
[1].items(1 // 0)
'a'.split('')
'ab'.center()
chr(-1)
ord('ab')
max([])
sum(['a'])
sorted([1, 'a'])
list(5)
dict(5)
{[]: 1}
{'a': 1}[[]]
[1, 2, 3][::0]
for_each
range('a')
range(1, 2, 0)
'x' in 5
5 in 'x'
1 << -1
isinstance(1, 2)
abs('x')
round('x')
datetime.datetime(2020, 13, 1)
datetime.datetime(2020, 2, 30)
datetime.datetime.nope
datetime.datetime(2020, 1, 1) + 1
json_encode(len)
url_escape(5)
escape(5)
s.upper(1)
d.get()
(lambda v: v)()
1 +
(1
'abc
a b
f(x=1, 2)
""".strip("\n").split("\n")

STATEMENTS = [
    "{% set y = 5 %}{{ y }}",
    "{% set y = z = 5 %}{{ y }}{{ z }}",
    "{% set p, q = 1, 2 %}{{ q }}{{ p }}",
    "{% set p, q = q0, p0 = 1, 2 %}{{ q }}{{ p0 }}",
    "{% set (p, [q, r]) = (1, (2, 3)) %}{{ p }}{{ q }}{{ r }}",
    "{% set p, q = 'ab' %}{{ p }}{{ q }}",
    "{% set p, q = [1] %}",
    "{% set p, q = [1, 2, 3] %}",
    "{% set p, q = 5 %}",
    "{% set y = 1 %}{% set y += 2 %}{% set y *= 5 %}{% set y -= 1 %}{% set y //= 3 %}{% set y **= 2 %}{% set y %= 9 %}{{ y }}",
    "{% set y = 7 %}{% set y /= 2 %}{% set z = 6 %}{% set z |= 1 %}{% set z &= 5 %}{% set z ^= 2 %}{% set z <<= 3 %}{% set z >>= 1 %}{{ y }} {{ z }}",
    "{% set l = [1] %}{% set m = l %}{% set l += [2] %}{{ m }}",
    "{% set l = [1] %}{% set m = l %}{% set l = l + [2] %}{{ m }}",
    "{% set l = [] %}{% set l.append(3) %}{% set l.extend([1, 2]) %}{% set l.insert(0, 9) %}{{ l }}{{ l.pop() }}{{ l.pop(0) }}{{ l }}",
    "{% set l = [3, 1, 2] %}{% set l.sort() %}{{ l }}{% set l.reverse() %}{{ l }}{% set l.remove(2) %}{{ l }}{% set l.clear() %}{{ l }}",
    "{% set l = ['b', 'A'] %}{% set l.sort(key=str.lower, reverse=True) %}{{ l }}",
    "{% set l = [1, 2] %}{% set l[0] = 5 %}{% set l[-1] = 6 %}{{ l }}",
    "{% set l = [1] %}{% set l[3] = 5 %}",
    "{% set l = (1,) %}{% set l[0] = 5 %}",
    "{% set m = {} %}{% set m['a'] = 1 %}{% set m['b'] = m['a'] + 1 %}{% set m['a'] += 10 %}{{ m }}",
    "{% set m = {'a': 1} %}{{ m.pop('a') }}{{ m.pop('a', 5) }}{{ m.setdefault('z', 2) }}{% set m.update({'y': 3}, x=4) %}{{ m }}",
    "{% set m = {'a': 1} %}{{ m.pop('b') }}",
    "{% set m = {1: 'i', 1.0: 'f', True: 'b'} %}{{ m }}",
    "{% set m = dict((i, i * i) for i in range(20)) %}{{ m }}{{ m[19] }}{{ 20 in m }}",
    "{% if a > 5 %}big{% else %}small{% end %}",
    "{% if a < 5 %}one{% elif a < 8 %}two{% elif a < 9 %}three{% else %}four{% end %}",
    "{% if nothing %}x{% end %}",
    "{% if items %}{% if d %}both{% end %}{% end %}",
    "{% if True %}{% else %}{% end %}",
    "{% for i in items %}{{ i }},{% end %}",
    "{% for i in items %}{{ i }}{% else %}else{% end %}",
    "{% for i in [] %}{{ i }}{% else %}else{% end %}",
    "{% for i in items %}{% if i == 1 %}{% break %}{% end %}{{ i }}{% else %}else{% end %}",
    "{% for i in items %}{% if i == 1 %}{% continue %}{% end %}{{ i }}{% else %}else{% end %}",
    "{% for i, w in enumerate(words) %}{{ i }}:{{ w }} {% end %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% end %}",
    "{% for k in d %}{{ k }};{% end %}",
    "{% for k in sorted(d, key=lambda k: d[k] if k != 'three' else 0) %}{{ k }}{% end %}",
    "{% for n, (l, m) in [(1, (2, 3))] %}{{ n }}{{ l }}{{ m }}{% end %}",
    "{% for c in u %}[{{ c }}]{% end %}",
    "{% for i in range(3) %}{% for j in range(i) %}{{ i }}{{ j }} {% end %}{% end %}",
    "{% for i in range(3) %}{% for j in range(3) %}{% if j == 1 %}{% break %}{% end %}{{ i }}{{ j }} {% end %}{% end %}",
    "{% for i in range(3) %}{% end %}{{ i }}",
    "{% for q in [] %}{% end %}{{ q }}",
    "{% for a in items %}{{ a }}{% end %}{{ a }}",
    "{{ a }}{% for a in items %}{% end %}",
    "{% for i in 5 %}{% end %}",
    "{% for i, j in items %}{% end %}",
    "{% for i in 1, 2 %}{{ i }}{% end %}",
    "{% for href, caption in [ \\\n ('index.html', 'Index'), \\\n ('x', 'X') ] %}{{ href }}{{ caption }}{% end %}",
    "{% set l = [1, 2, 3] %}{% for i in l %}{% if i == 1 %}{% set l.append(9) %}{% end %}{{ i }}{% end %}",
    "{% set m = {1: 2} %}{% for k in m %}{% set m[k + 1] = 1 %}{% end %}",
    "{% set i = 3 %}{% while i > 0 %}{{ i }}{% set i -= 1 %}{% end %}",
    "{% set i = 3 %}{% while i > 0 %}{{ i }}{% set i -= 1 %}{% else %}done{% end %}",
    "{% set i = 0 %}{% while True %}{% set i += 1 %}{% if i == 2 %}{% continue %}{% end %}{% if i > 4 %}{% break %}{% end %}{{ i }}{% else %}no{% end %}",
    "{% try %}{{ 1/0 }}{% except %}caught{% end %}",
    "{% try %}a{{ 1/0 }}b{% except ZeroDivisionError %}caught{% end %}",
    "{% try %}a{% except %}x{% else %}else{% finally %}finally{% end %}",
    "{% try %}{{ d['x'] }}{% except KeyError as e %}{{ e }}{% end %}",
    "{% try %}{{ [1] in d }}{% except TypeError as e %}{{ e }}{% end %}", "{% try %}{{ d.get(({},)) }}{% except TypeError as e %}{{ e }}{% end %}",
    "{% try %}{{ dict([3]) }}{% except TypeError %}no{% end %}", "{% try %}{{ dict(['abc']) }}{% except ValueError %}no{% end %}",
    "{{ dict(['ab', ('c', 1), [2, 3]]) }}",
    "{% try %}{{ d['x'] }}{% except (IndexError, LookupError) %}lookup{% end %}",
    "{% try %}{{ d['x'] }}{% except IndexError %}index{% end %}",
    "{% try %}{{ d['x'] }}{% except IndexError %}index{% except Exception %}other{% end %}",
    "{% try %}{{ undefined }}{% except NameError %}name{% end %}",
    "{% try %}{% try %}{{ 1/0 }}{% finally %}inner {% end %}{% except ArithmeticError %}outer{% end %}",
    "{% try %}{{ 1/0 }}{% except ValueError %}{% finally %}f{% end %}",
    "{% for i in items %}{% try %}{% if i == 1 %}{% break %}{% end %}{{ i }}{% finally %}f{% end %}{% end %}",
    "{% for i in items %}{% try %}{{ 1/0 }}{% finally %}{% break %}{% end %}{% end %}ok",
    "{% for i in items %}{% try %}{% continue %}{% except %}{% else %}x{% finally %}f{% end %}{% end %}",
    "{% try %}{{ 1/0 }}{% except undefined %}{% end %}",
    "{% try %}{{ 1/0 }}{% except 5 %}{% end %}",
    "{% try %}{{ 1/0 }}{% except Exception as e %}{% end %}{{ e }}",
    "{% try %}{{ int('x') }}{% except ValueError %}v{% end %}",
    "{% apply escape %}<b>{{ s }}</b>{% end %}",
    "{% apply url_escape %}  a   b  {% end %}",
    "{% apply url_escape %}a b&c{% end %}",
    "{% apply linkify %}http://example.com{% end %}",
    "{% apply (lambda x: x) %}same{% end %}",
    "{% apply undefined %}x{% end %}",
    "{% set y = 1 %}{% apply url_escape %}{{ y }}{% end %}",
    "{% set y = 1 %}{% apply url_escape %}{% set y = 2 %}{{ y }}{% end %}{{ y }}",
    "{% apply url_escape %}{% apply escape %}<  >{% end %}{% end %}",
    "{% for i in items %}{% apply url_escape %} {{ i }} {% end %}{% end %}",
    "{% apply url_escape %}{% for i in items %}{% if i == 1 %}{% break %}{% end %} {{ i }}{% end %}{% end %}",
    "{% for i in items %}{% apply url_escape %}{% break %}{% end %}{% end %}",
    "{% raw s %}",
    "{% raw url_escape(s) %}",
    "{% autoescape None %}{{ url_escape(u) }}",
    "{% autoescape url_escape %}{{ url_escape(s) }}",
    "{% for key in d %}{{ key }}{{ d[key] }}{{ key in d }}{% end %}",
    "{% raw 5 %}{% raw None %}{% raw [s] %}",
    "{% autoescape None %}{{ s }}",
    "{% autoescape url_escape %}{{ s }}{{ a }}{{ None }}",
    "{% autoescape undefined %}{{ s }}",
    "{% autoescape %}{{ s }}",
    "{{ s }}{% autoescape None %}{% autoescape url_escape %}",
    "{# comment {{ x }} #}after{% comment whatever %}",
    "{{! {%! {#! {{!x}}",
    "{{{ a }}} {{{{ a }}}}",
    "{ a } { {a {",
    "a { b % c # d } e }}",
    "{{ {'a': 1}['a'] }}",
    "{{ {'a': {'b': 1} }['a']['b'] }}",
    "{{ '}}' }}",
    "{{ a # a comment\n }}",
    "{% import datetime as dt %}{{ dt.date(2020, 1, 1) }}",
    "{% from datetime import date, datetime as moment %}{{ date(2020, 1, 1) }}{{ moment(2020, 1, 1) }}",
    "{% import no_such_module %}",
    "{% from datetime import no_such_member %}",
    "{% try %}{{ s.nope }}{% except AttributeError %}no attribute{% end %}",
    "{% try %}{{ {}['nope'] }}{% except KeyError as e %}{{ repr(e) }}{{ e }}{% end %}",
    "{% try %}{{ int(float('inf')) }}{% except OverflowError as e %}{{ e.args == () }}{% end %}",
    "{% import tornado.escape %}{{ tornado.escape.squeeze(' a ') }}",
    "{% from tornado.escape import xhtml_unescape %}{% raw xhtml_unescape('&lt;&eacute;') %}",
    "{% whitespace all %}  a \n\n b {{ a }}  {% whitespace oneline %}  c \n d {% whitespace single %}  e \n\n  f  g\t\th ",
    "{% whitespace wrong %}",
    "<pre>  x \n\n y</pre>",
    "{% set f = lambda n: 1 if n < 2 else n * f(n - 1) %}{{ f(10) }}",
    "{% set f = lambda n: [f(m) for m in range(n)] %}{{ f(3) }}",
    "{% set fs = [lambda: i for i in range(3)] %}{{ [g() for g in fs] }}",
    "{% set add = lambda a: lambda b: a + b %}{{ add(1)(10) }}{{ [(lambda j: lambda: j)(i)() for i in range(3)] }}",
    "{% set f = lambda g, n: g() if g else f(lambda: n, n - 1) %}{{ f(None, 5) }}",
    "{% set f = lambda a: [lambda b: lambda c: a + b + c][0] %}{% set g = f(1)(2) %}{{ f(10)(20)(30) }}{{ g(3) }}",
    "{% set f = lambda n: [f(m) + (lambda: n)() for m in range(n)] %}{{ f(3) }}",
    "{% set st = [1, 2, 3, {2: 'x', 3: 'y'}] %}{{ st.pop().get(st.pop()) }}",
    "{{ missing(1 / 0) }}",
    "{{ 'a'.nope(1 / 0) }}",
    "{{ {}['nope'](1 / 0) }}",
    "{{ 5(1 / 0) }}",
    "{{ 'a'.join(x=1 / 0, *missing) }}",
    "{% apply missing %}{{ 1 / 0 }}{% end %}",
    "{% try %}{% try %}{{ 1 / 0 }}{% except Exception as e %}{{ undefined }}{% end %}{% except NameError %}{{ e }}{% end %}",
    "{% set k = 2 %}{{ [i * k for i in items] }}{{ list(map(lambda i: i + k, items)) }}",
    "{{ [i for i in items] }}{{ i }}",
    "{% set y = [z for z in items if z > 1] %}{{ y }}{{ z }}",
    "{% set x = x + 1 %}",
    "{% set items = 5 %}{{ items }}",
    "{% set len = 5 %}{{ len }}",
    "{{ max(1, 2) }}{{ max((1, 2)) }}{{ max(*[1, 2]) }}{{ dict(**{'q': 1}) }}{{ dict(q=1, **{'r': 2}) }}",
    "{{ dict(q=1, **{'q': 2}) }}",
    "{{ len(x=1) }}",
    "{% if %}{% end %}", "{% for %}{% end %}", "{% if a %}", "{% end %}", "{% else %}", "{% bogus %}", "{% %}", "{{ }}", "{{", "{%", "{#",
    "{% for x in y %}{% elif x %}{% end %}", "{% if a %}{% else %}{% else %}{% end %}", "{% try %}{% end %}", "{% break %}", "{% set %}",
    "{% if a %}{% else %}{% elif b %}{% end %}", "{% try %}{% else %}{% end %}", "{% try %}{% except %}{% except KeyError %}{% end %}",
    "{% for i in items %}{% else %}{% break %}{% end %}", "{% while a %}{% finally %}{% end %}", "{% block %}{% end %}", "{% extends %}",
    "{% include %}", "{% import %}", "{% apply %}{% end %}", "{% end if %}", "{% if a %}x{% end if a %}", "{%if a%}x{%end%}", "{%  if   a  %}x{% end %}",
    "{% if\na %}x{% end %}", "{% set 5 = a %}", "{% set a b %}", "{% for 5 in items %}{% end %}", "{% raw %}", "{% module %}",
]

FILES = [
    ("page", {"base": "<t>{% block title %}base {{ a }}{% end %}</t>{% block body %}{% end %}.",
              "page": "{% extends 'base' %}ignored{% block title %}page {{ b }}{% end %}"}),
    ("c", {"a": "[{% block one %}1{% end %}{% block two %}2{% end %}]", "b": "{% extends a %}{% block one %}b1{% block inner %}i{% end %}{% end %}",
           "c": "{% extends b %}{% block inner %}c{% end %}{% block two %}c2{% end %}"}),
    ("p", {"base": "{% for i in items %}{% block row %}{{ i }}{% end %}{% end %}", "p": "{% extends base %}{% block row %}<{{ i * 2 }}>{% end %}"}),
    ("p", {"base": "{% set v = 1 %}{% block x %}{% end %}{{ v }}", "p": "{% extends base %}{% block x %}{{ v }}{% set v = 2 %}{% end %}"}),
    ("p", {"base": "{% block x %}{{ s }}{% end %}{{ s }}", "p": "{% autoescape None %}{% extends base %}{% block x %}{{ s }}{% end %}"}),
    ("p", {"base": "{% autoescape None %}{% block x %}{{ s }}{% end %}{{ s }}", "p": "{% extends base %}"}),
    ("p", {"base": "{% block 'q' %}1{% end %}{% block q %}2{% end %}", "p": "{% extends base %}{% block q %}x{% end %}"}),
    ("p", {"base": "{% block a %}{% block b %}b{% end %}{% end %}", "p": "{% extends base %}{% block a %}only{% end %}{% block b %}lost{% end %}"}),
    ("p", {"base": "{% block a %}x{% end %}{% block a %}y{% end %}", "p": "{% extends base %}"}),
    ("p", {"base": "{% block a %}{% end %}", "p": "{% extends base %}{% if False %}{% block a %}from if{% end %}{% end %}"}),
    ("p", {"base": "{% include part %}", "part": "{% block a %}part{% end %}", "p": "{% extends base %}{% block a %}child{% end %}"}),
    ("p", {"p": "{% include 'q' %}|{% include \"q\" %}|{% include q %}", "q": "{{ a }}"}),
    ("p", {"p": "{% for i in items %}{% include q %}{% end %}{{ w }}", "q": "{% set w = i * 10 %}{{ w }} "}),
    ("p", {"p": "{{ s }}{% include q %}{{ s }}", "q": "{% autoescape None %}{{ s }}"}),
    ("p", {"p": "{% autoescape None %}{{ s }}{% include q %}", "q": "{{ s }}"}),
    ("p.html", {"p.html": "  a  \n {% include q.txt %}  b  ", "q.txt": "  c  \n\n  d  "}),
    ("p.txt", {"p.txt": "  a  \n {% include q.js %}  b  ", "q.js": "  c  \n\n  d  "}),
    ("x/p", {"x/p": "{% include q %}{% include ../y/r %}", "x/q": "xq", "y/r": "{% include s %}", "y/s": "ys"}),
    ("x/p", {"x/p": "{% extends ../base %}{% block b %}p{% end %}", "base": "[{% block b %}{% end %}]"}),
    ("p", {"p": "{% apply url_escape %}{% include q %}{% end %}", "q": " {{ a }}  {% set z = 1 %}"}),
    ("p", {"p": "{% include q %}{{ 1/0 }}", "q": "fine"}),
    ("p", {"p": "{% include q %}", "q": "{% if %}"}),
    ("p", {"p": "{% include missing %}"}),
    ("p", {"p": "{% extends missing %}"}),
    ("p", {"p": "{% include q %}", "q": "{% extends r %}", "r": ""}),
    ("p", {"p": "{% include q %}", "q": "{% break %}"}),
    ("p", {"base": "{% block a %}{% end %}", "p": "{% extends base %}{% for i in items %}{% block a %}{% break %}{% end %}{% end %}"}),
    ("p", {"base": "{% for i in items %}{% block a %}{% end %}{{ i }}{% end %}",
           "p": "{% extends base %}{% for i in items %}{% block a %}{% if i == 2 %}{% break %}{% end %}{% end %}{% end %}"}),
    ("p", {"base": "{% block a %}{% end %}", "p": "{% extends base %}{% block a %}{% include q %}{% end %}", "q": "{{ a }}{% block z %}z{% end %}"}),
]

# A template, what it comes to there, and here, and why. The functions that `apply` and `autoescape` name get bytes from Tornado, and
# text from us, so the cases above name only those that take either.
DIFFERENT = [
    ("{% apply squeeze %} a  b {% end %}", {"error": "TypeError"}, {"output": "a b"}, "text is text"),
    ("{{ 2 ** 64 }}", {"output": "18446744073709551616"}, {"error": "OverflowError"}, "integers have 64 bits"),
    ("{{ 9223372036854775808 }}", {"output": "9223372036854775808"}, {"error": "ParseError"}, "integers have 64 bits"),
    ("{{ -9223372036854775808 }}", {"output": "-9223372036854775808"}, {"error": "ParseError"}, "integers have 64 bits, before their sign"),
    ("{{ -2 ** 63 }}", {"output": "-9223372036854775808"}, {"error": "OverflowError"}, "integers have 64 bits, before their sign"),
    ("{% try %}{{ {}['no'] }}{% except KeyError as e %}{{ e.args[0] }}{% end %}", {"output": "no"}, {"output": "&#x27;no&#x27;"}, "an exception has its sentence"),
    ("{{ range(3)[1:] }}", {"output": "range(1, 3)"}, {"output": "[1, 2]"}, "a range is a list"),
    ("{{ pow(2, 10, 1000) }}", {"output": "24"}, {"error": "TypeError"}, "powers have no remainder"),
    ("{{ json_encode(float('nan')) }}", {"output": "NaN"}, {"output": "null"}, "JSON has no NaN"),
    ("{{ {1, 2} }}", {"output": "{1, 2}"}, {"error": "ParseError"}, "there are no sets"),
    ("{{ {'a': 1}.keys() }}", {"output": "dict_keys([&#x27;a&#x27;])"}, {"output": "[&#x27;a&#x27;]"}, "views are lists"),
    ("{{ str(zip([1])).startswith('<zip') }}", {"output": "True"}, {"output": "False"}, "iterators are lists"),
    ("{{ {'a': 1}.a }}", {"error": "AttributeError"}, {"output": "1"}, "as Tornado's ObjectDict and database rows"),
    ("{{ (lambda: 1).__name__ }}", {"output": "&lt;lambda&gt;"}, {"error": "AttributeError"}, "functions have no attributes"),
    ("{{ (lambda n: [lambda: i for i in range(n)])(3)[0]() }}", {"output": "2"}, {"output": "0"}, "a lambda keeps what lambdas around it had when it was made"),
    ("{{ '²'.isdigit() }}{{ '½'.isnumeric() }}", {"output": "TrueTrue"}, {"output": "FalseFalse"}, "digits are ASCII's"),
    ("{{ b'\\xff' }}", {"error": "UnicodeDecodeError"}, {"error": "ParseError"}, "text is never bytes"),
    ("{{ len(b'\\xc3\\xa9') }}", {"output": "2"}, {"output": "1"}, "text is never bytes"),
    ("{{ 'ß'.casefold() }}", {"output": "ss"}, {"output": "ß"}, "casefold() is lower()"),
    ("{{ int('١') }}", {"output": "1"}, {"error": "ValueError"}, "digits are ASCII's"),
    ("{{ {'a': 1} | {'b': 2} }}", {"output": "{&#x27;a&#x27;: 1, &#x27;b&#x27;: 2}"}, {"error": "TypeError"}, "dicts are joined by {**a, **b}"),
    ("{% set a = [] %}{% set a.append(a) %}{{ a }}", {"output": "[[...]]"}, {"error": "ValueError"}, "nothing holds itself"),
]

CASES = (
    [Case({"t": "{{ " + expression + " }}"}, "t", NAMES) for expression in EXPRESSIONS]
    + [Case({"t.html": text}, "t.html", NAMES) for text in STATEMENTS]
    + [Case(files, name, NAMES) for name, files in FILES]
)
